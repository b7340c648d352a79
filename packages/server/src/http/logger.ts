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
const MOST_WAITING = 16 * 1024 * 1024;

/** Requests do not wait for whoever reads the log: a thread writes. Flushed at exit. */
const standardOutput = (): DestinationStream =>
  gatherLines(
    // It starts to write when it is told to, and not before: what a thread has begun, an exit cannot finish.
    pino.destination({ dest: 1, sync: false, minLength: MOST_WAITING, maxWrite: MOST_WAITING + 1 }),
  );

/** Where lines go. */
export interface Sink {
  write(lines: string): unknown;
  /** Starts to hand on what was written; `drain` tells when it is out. */
  flush(): void;
  /** Returns when all that was written is out. */
  flushSync(): void;
  on(event: 'drain', listener: () => void): unknown;
}

const MOMENT_MILLISECONDS = 20;
/** An exit may find one piece half written and writes the next behind it: the smaller, the likelier it is whole. */
const MOST_AT_ONCE = 16_384;

/**
 * What is said within a moment is handed on together: under load that is one write, and one waking of a thread, for
 * hundreds of requests.
 */
export function gatherLines(sink: Sink): DestinationStream & Pick<Sink, 'flushSync'> {
  const pieces: string[] = [];
  let waiting = 0;
  let lines = '';
  let isWriting = false;

  function closePiece(): void {
    if (lines !== '') pieces.push(lines);
    lines = '';
  }

  function next(): void {
    const piece = isWriting ? undefined : pieces.shift();
    if (piece === undefined) return;
    isWriting = true;
    waiting -= piece.length;
    sink.write(piece);
    sink.flush();
  }

  function handOn(): void {
    closePiece();
    next();
  }

  function flushSync(): void {
    closePiece();
    for (const piece of pieces.splice(0)) sink.write(piece);
    waiting = 0;
    sink.flushSync();
  }

  sink.on('drain', () => {
    isWriting = false;
    next();
  });
  process.on('exit', flushSync);
  return {
    write(line) {
      if (waiting + line.length > MOST_WAITING) return;
      waiting += line.length;
      if (lines === '') setTimeout(handOn, MOMENT_MILLISECONDS).unref();
      lines += line;
      if (lines.length > MOST_AT_ONCE) handOn();
    },
    flushSync,
  };
}

/** Only what is safe: a path can hold a proof, so not even that is kept. */
const describeRequest = (request: { method?: unknown; facts?: { address?: unknown } }): object => ({
  method: request.method,
  address: request.facts?.address,
});
