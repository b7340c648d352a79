/**
 * The policy for failures that no code handled. Each is logged and counted. What changes data does so in transactions, so
 * a rejection that nobody waited for has left nothing half done, and neither has a connection that failed: the server
 * goes on. Any other exception ended a callback in the middle, and the memory of the process may be wrong: it takes no
 * more requests, finishes those under way and exits with 1, so that its supervisor starts a fresh one.
 */
import type { Logger } from 'pino';

export type UncaughtKind = 'rejection' | 'connection' | 'exception';

export interface UncaughtOptions {
  readonly logger: Pick<Logger, 'error' | 'fatal'>;
  readonly count: (kind: UncaughtKind) => void;
  /** Called for every exception after which the process must end. */
  readonly drain: () => void;
}

export function handleUncaught({ logger, count, drain }: UncaughtOptions): void {
  process.on('unhandledRejection', (reason) => {
    count('rejection');
    logger.error({ err: reason }, 'a rejection was not handled');
  });
  // Rejections do not come here while the listener above exists.
  process.on('uncaughtException', (error: unknown) => {
    if (isOfConnection(error)) {
      count('connection');
      logger.error({ err: error }, 'a connection failed and nobody handled it');
      return;
    }
    count('exception');
    logger.fatal({ err: error }, 'an exception was not handled; the server drains and exits');
    drain();
  });
}

const CONNECTION_CALLS: ReadonlySet<unknown> = new Set(['accept', 'connect', 'read', 'write']);
const CONNECTION_CODES: ReadonlySet<unknown> = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EMFILE',
  'ENFILE',
  'EPIPE',
  'ETIMEDOUT',
]);

/** An `error` event of a socket or listener. Both facts, because `EPIPE` of a file, say, is no connection's. */
const isOfConnection = (error: unknown): boolean =>
  error instanceof Error &&
  'syscall' in error &&
  'code' in error &&
  CONNECTION_CALLS.has(error.syscall) &&
  CONNECTION_CODES.has(error.code);
