/** The one place where a refusal or a failure becomes an answer. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { MakerEnded } from '../apps/secrets.ts';
import { MakerChanged } from '../developer-tokens/create.ts';
import { RotationRefused } from '../developer-tokens/rotate.ts';
import { failureOf, reportFailure, type Failure, type TellFailure } from '../http/failure.ts';
import { SEND_JSON } from './body-type.ts';
import { jsonWriter } from './json-writer.ts';
import { ApiRefusal, invalidArguments, isReason, refuse } from './refusal.ts';
import { fieldErrors } from './validation.ts';

/** Any page may call the API: it takes no cookies, so a browser adds nothing that the page does not have. */
export const OPEN: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'www-authenticate, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-window, page-number, per-page, total, total-pages, link',
};

export const OPEN_AND_UNKEPT: Readonly<Record<string, string>> = {
  ...OPEN,
  'cache-control': 'no-store',
};

export const answerJson = jsonWriter(OPEN_AND_UNKEPT);

export const sendRefusal = (reply: FastifyReply, { status, text, headers }: ApiRefusal): void =>
  answerJson(reply, { status, text, headers });

/** For whatever a route of the API throws, parsing and validation included. */
export function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  sendRefusal(reply, refusalOf(error, request));
}

function refusalOf(error: FastifyError, request: FastifyRequest): ApiRefusal {
  if (error instanceof ApiRefusal) return error;
  if (error instanceof RotationRefused) {
    return refuse('conflict', 'Only a live token that was not rotated before can be rotated.');
  }
  if (error instanceof MakerChanged || error instanceof MakerEnded) {
    return refuse(
      'conflict',
      'The calling token was ended or narrowed in the meantime. Nothing was made.',
    );
  }
  if (error.validation !== undefined) return invalidArguments(fieldErrors(error.validation));
  const failure = failureOf(error);
  reportFailure(request, failure, error);
  return refusalOfFailure(failure, request);
}

/** For what happens before a route is found: unknown paths and malformed addresses. */
export const tellApiFailure: TellFailure = (failure, request, reply) =>
  sendRefusal(reply, refusalOfFailure(failure, request));

function refusalOfFailure(failure: Failure, request: FastifyRequest): ApiRefusal {
  const { statusCode, code, retryAfterSeconds, known } = failure;
  const isOurs = statusCode >= 500;
  const reason = isReason(code) ? code : isOurs ? 'internal_error' : 'bad_request';
  const facts = isOurs ? { request_id: request.id } : {};
  return new ApiRefusal({
    reason,
    problems: [{ detail: detailOf(failure, request), facts }],
    status: statusCode,
    headers: {
      ...(retryAfterSeconds !== null && { 'retry-after': String(retryAfterSeconds) }),
      ...(statusCode === 413 && { connection: 'close' }),
      ...(known !== undefined && { allow: known.methods.join(', ') }),
    },
  });
}

/** Of Frame.io's API there are newer versions, and programs that ask for them here. */
const OTHER_VERSION = /^\/v(?!2(?:[/?]|$))\d+(?:[/?]|$)/;

function detailOf({ code, message }: Failure, { url }: FastifyRequest): string {
  if (code === 'unsupported_media_type') return `The body is not JSON. ${SEND_JSON}`;
  return code === 'not_found' && OTHER_VERSION.test(url)
    ? 'There is nothing here: the API is under /v2.'
    : message;
}
