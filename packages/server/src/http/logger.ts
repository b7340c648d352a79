/** The log: structured lines on standard output, without secrets and without query strings. */
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export interface LoggerOptions {
  readonly level: string;
  readonly destination?: DestinationStream;
}

const SECRET_HEADERS = ['authorization', 'cookie', 'set-cookie', 'proxy-authorization'];

export function createLogger({ level, destination }: LoggerOptions): Logger {
  const paths = SECRET_HEADERS.flatMap((header) =>
    ['headers', 'req.headers', 'res.headers'].map((parent) => `${parent}["${header}"]`),
  );
  const options = {
    level,
    base: null,
    redact: { paths, censor: '[redacted]' },
    serializers: { req: describeRequest },
  };
  return pino(options, destination ?? standardOutput());
}

/** Some minutes of a reader that stands still; what comes after that is dropped rather than kept. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/** Requests do not wait for whoever reads the log: lines are gathered while a write is under way. Flushed at exit. */
const standardOutput = (): DestinationStream =>
  inTurns(pino.destination({ dest: 1, sync: false, maxLength: MOST_WAITING_BYTES }));

const MOST_AT_ONCE = 16_384;

/** What a write can be told; `flushSync` returns when all of it is out. */
export interface Sink {
  write(lines: string): unknown;
  flushSync(): void;
}

/** All lines of one turn of the event loop are handed on together: under load that is one write for many requests. */
export function inTurns(sink: Sink): DestinationStream & Pick<Sink, 'flushSync'> {
  let lines = '';
  const handOn = (): void => {
    if (lines === '') return;
    const whole = lines;
    lines = '';
    sink.write(whole);
  };
  const flushSync = (): void => {
    handOn();
    sink.flushSync();
  };
  process.on('exit', flushSync);
  return {
    write(line) {
      if (lines === '') setImmediate(handOn);
      lines += line;
      // A flush at exit waits for no write under way: what is written in one piece must not be large.
      if (lines.length > MOST_AT_ONCE) handOn();
    },
    flushSync,
  };
}

/** Only what is safe: a path can hold a proof, so not even that is kept. */
const describeRequest = (request: { method?: unknown; ip?: unknown }): object => ({
  method: request.method,
  address: request.ip,
});
