/**
 * Small files that somebody names: read whole, once, up to a bound of bytes and of time. A pipe is read too, because a shell
 * makes one of `<(command)`; a device or a directory is not.
 */
import * as fs from 'node:fs';
import { elapsedMilliseconds } from './clock.ts';

/** What is wrong with it, to be put after its name. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** `ENOENT` and the like. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

interface Bounds {
  readonly mostBytes: number;
  /** For a pipe that nobody writes to. */
  readonly mostMilliseconds?: number;
}

const PATIENCE_MILLISECONDS = 5000;
const PAUSE_MILLISECONDS = 10;
const CHUNK_BYTES = 65_536;
/** Of the mode. */
const WRITTEN_BY_OTHERS = 0o002;

/** Blocks. Throws `Unreadable`, or what the system said. */
export function readBounded(path: string, bounds: Bounds): Buffer {
  // Otherwise opening a pipe waits for whoever writes to it.
  const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const found = fs.fstatSync(file);
    if (!found.isFile() && !found.isFIFO()) throw new Unreadable('is neither a file nor a pipe');
    if (found.isFile() && isWrittenByOthers(found))
      throw new Unreadable(`can be written by others: chmod o-w ${path}`);
    return readAll(file, found.isFIFO(), bounds);
  } finally {
    fs.closeSync(file);
  }
}

/** Windows has no such bits and reports the same mode for every file. */
const isWrittenByOthers = ({ mode }: fs.Stats): boolean =>
  process.platform !== 'win32' && (mode & WRITTEN_BY_OTHERS) !== 0;

function readAll(file: number, isPipe: boolean, bounds: Bounds): Buffer {
  const { mostBytes, mostMilliseconds = PATIENCE_MILLISECONDS } = bounds;
  const until = elapsedMilliseconds() + mostMilliseconds;
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = readSome(file);
    const isStillSilent = isPipe && size === 0 && chunk?.length === 0;
    if (chunk === null || isStillSilent) {
      if (elapsedMilliseconds() < until) pause();
      else if (chunk === null) throw new Unreadable(`is a pipe that was not closed in time`);
      else return Buffer.alloc(0);
    } else if (chunk.length === 0) {
      return Buffer.concat(chunks);
    } else {
      chunks.push(chunk);
      size += chunk.length;
      if (size > mostBytes) throw new Unreadable(`is longer than ${mostBytes} bytes`);
    }
  }
}

/** `null`: nothing yet. */
function readSome(file: number): Buffer | null {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  try {
    return chunk.subarray(0, fs.readSync(file, chunk));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return null;
    throw error;
  }
}

const pause = (): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
