/** One shape for everything that ends a request early, so that each family of pages can tell it in its own way. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isTemporary } from '../kit/temporary.ts';
import type { Access, Route } from './route.ts';

/** A path that has other methods than the one it was asked with. */
export interface KnownPath {
  /** In the order of the route table, `HEAD` with its `GET`. */
  readonly methods: readonly string[];
  readonly family: Route['family'] | undefined;
  readonly access: Access['kind'] | undefined;
}

export interface Failure {
  readonly statusCode: number;
  /** Stable and machine-readable: `not_found`, `malformed_form`. */
  readonly code: string;
  /** Safe to show. Says nothing about the inside of the program. */
  readonly message: string;
  /** Quoted as reference by pages about failures of ours. */
  readonly retryAfterSeconds: number | null;
  /** With `method_not_allowed` alone. */
  readonly known?: KnownPath | undefined;
}

/** The status is already set on the reply. `request.routeOptions.config.family` is undefined for unknown URLs. */
export type TellFailure = (
  failure: Failure,
  request: FastifyRequest,
  reply: FastifyReply,
) => unknown;

/** Thrown to end a request with a status and a message that its sender may read. */
export class Refusal extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly retryAfterSeconds: number | null;
  readonly known: KnownPath | undefined;

  constructor(refusal: {
    readonly statusCode: number;
    readonly code: string;
    readonly message: string;
    readonly retryAfterSeconds?: number;
    readonly known?: KnownPath;
  }) {
    super(refusal.message);
    this.statusCode = refusal.statusCode;
    this.code = refusal.code;
    this.retryAfterSeconds = refusal.retryAfterSeconds ?? null;
    this.known = refusal.known;
  }
}

interface Known {
  readonly code: string;
  readonly message: string;
  /** Only where Fastify's own is not what we mean. */
  readonly statusCode?: number;
}

const MESSAGES: ReadonlyMap<string, Known> = new Map(
  Object.entries({
    FST_ERR_CTP_INVALID_MEDIA_TYPE: {
      code: 'unsupported_media_type',
      message: 'Send JSON or a URL-encoded form.',
    },
    FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too_large', message: 'The request is too large.' },
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
      code: 'bad_request',
      message: 'The length of the body is not the one announced.',
    },
    FST_ERR_CTP_INVALID_JSON_BODY: {
      code: 'malformed_json',
      message: 'The body is not valid JSON.',
    },
    // Of the request itself: its sender went away while the body was read.
    ECONNRESET: { code: 'connection_lost', message: 'The connection was lost.' },
    FST_ERR_BAD_URL: { code: 'bad_url', message: 'The address is malformed.' },
    FST_ERR_MAX_PARAM_LENGTH: {
      statusCode: 404,
      code: 'not_found',
      message: 'There is nothing here.',
    },
  }),
);

const OURS: Failure = {
  statusCode: 500,
  code: 'internal_error',
  message: 'Something went wrong on our side.',
  retryAfterSeconds: null,
};

/** Whoever was sent a stream left before its first piece: no failure of ours, and nobody reads the answer. */
const GONE: Failure = {
  statusCode: 499,
  code: 'connection_lost',
  message: 'The connection was lost.',
  retryAfterSeconds: null,
};

const BUSY: Failure = {
  statusCode: 503,
  code: 'temporarily_unavailable',
  message: 'The server cannot do this right now. Nothing was changed; try again in a moment.',
  retryAfterSeconds: 5,
};

/** The database was lost while it committed. Whoever repeats the request may do it twice. */
const UNCERTAIN: Failure = {
  statusCode: 503,
  code: 'outcome_unknown',
  message:
    'The database was lost while this was saved, so it may or may not have been done. Look before you try again.',
  retryAfterSeconds: 5,
};

/** Fastify takes nothing else for a failure. */
export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/** Reads any thrown value. Whatever does not say clearly that it is the sender's fault is ours and tells nothing. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return OURS;
  if (isTemporary(error)) return error.isUncertain === true ? UNCERTAIN : BUSY;
  if ('code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE') return GONE;
  const { statusCode, code, retryAfterSeconds } = error as Partial<Failure> & Error;
  if (error instanceof Refusal) {
    const { message, statusCode, code, retryAfterSeconds, known } = error;
    return { statusCode, code, message, retryAfterSeconds, known };
  }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return OURS;
  const known = MESSAGES.get(code ?? '');
  return {
    statusCode: known?.statusCode ?? statusCode,
    code: known?.code ?? (code?.startsWith('FST_') === false ? code : 'bad_request'),
    message: known?.message ?? error.message,
    retryAfterSeconds: retryAfterSeconds ?? null,
  };
}

export function reportFailure(request: FastifyRequest, failure: Failure, error: unknown): void {
  if (failure.statusCode >= 500) {
    request.log.error({ err: error, route: request.routeOptions.url ?? null }, 'request failed');
  } else {
    request.log.debug({ code: failure.code, status: failure.statusCode }, 'request refused');
  }
}

export const plainFailure: TellFailure = (failure, _request, reply) => {
  if (failure.retryAfterSeconds !== null) {
    void reply.header('retry-after', String(failure.retryAfterSeconds));
  }
  return reply
    .header('cache-control', 'no-store')
    .send({ code: failure.code, message: failure.message });
};
