/** Answers of the OAuth endpoints: RFC 6749 section 5.2 for refusals, whatever their cause, and `no-store` on all of them. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failureOf, reportFailure, type Failure, type TellFailure } from '../../http/failure.ts';
import type { HeaderList } from '../../http/fast/whole-answer.ts';
import { jsonWriter } from '../json-writer.ts';
import { quotable } from '../../oauth/bearer.ts';
import { OAuthError, type ErrorCode } from '../../oauth/error.ts';

/** RFC 6749 section 5.1: both headers, on every answer that could carry a credential. */
export const OAUTH_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'www-authenticate, retry-after',
  'cache-control': 'no-store',
  pragma: 'no-cache',
};

export const answerOAuth = jsonWriter(OAUTH_HEADERS);

type AnyCode = ErrorCode | 'server_error' | 'temporarily_unavailable';

interface Refused {
  readonly status: number;
  readonly code: AnyCode;
  readonly description: string;
  readonly headers?: HeaderList;
}

export const sendRefused = (reply: FastifyReply, refused: Refused): void =>
  answerOAuth(reply, {
    status: refused.status,
    headers: refused.headers ?? [],
    text: JSON.stringify({ error: refused.code, error_description: refused.description }),
  });

export const answerOAuthError =
  (realm: string) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    sendRefused(reply, refusedOf(error, { realm, request }));
  };

function refusedOf(
  error: unknown,
  { realm, request }: { realm: string; request: FastifyRequest },
): Refused {
  if (error instanceof OAuthError) {
    request.log.info({ reason: error.reason, ...error.facts }, 'oauth request refused');
    return ofOAuthError(error, realm);
  }
  const failure = failureOf(error);
  reportFailure(request, failure, error);
  return ofFailure(failure);
}

/** For what no route takes, such as a GET. */
export const tellOAuthFailure: TellFailure = (failure, _request, reply) =>
  sendRefused(reply, ofFailure(failure));

export function ofOAuthError({ code, message }: OAuthError, realm: string): Refused {
  if (code !== 'invalid_client') return { status: 400, code, description: message };
  // RFC 6749 section 5.2: 401 with the scheme that the client may use.
  const headers = ['www-authenticate', `Basic realm="${quotable(realm)}"`];
  return { status: 401, code, description: message, headers };
}

const allowOf = (known: Failure['known']): HeaderList =>
  known === undefined ? [] : ['allow', known.methods.join(', ')];

/** RFC 6749 section 5.2 has 400 for all of it; these say more. */
const TELLING: ReadonlySet<number> = new Set([405, 413]);

function ofFailure({ statusCode, message, retryAfterSeconds, known }: Failure): Refused {
  const headers = retryAfterSeconds === null ? [] : ['retry-after', String(retryAfterSeconds)];
  if (statusCode === 503)
    return { status: 503, code: 'temporarily_unavailable', description: message, headers };
  if (statusCode >= 500) return { status: 500, code: 'server_error', description: message };
  const status = TELLING.has(statusCode) ? statusCode : 400;
  const end = statusCode === 413 ? ['connection', 'close'] : [];
  const told = { status, code: 'invalid_request', description: message } as const;
  return { ...told, headers: [...allowOf(known), ...end] };
}
