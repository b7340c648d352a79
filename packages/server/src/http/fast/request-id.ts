/**
 * Names of requests: version 7 UUIDs with a counter where others are random (RFC 9562 section 6.2, method 1), so that
 * naming a request costs no randomness. Unique by 48 random bits of the process, the millisecond and the counter;
 * nobody must take one for a secret.
 */
import type { RandomBytes } from '../../kit/random.ts';

export interface RequestIdSources {
  readonly randomBytes: RandomBytes;
  /** Epoch milliseconds. */
  readonly milliseconds: () => number;
}

const COUNTER_LIMIT = 2 ** 24;

export function createRequestIds({ randomBytes, milliseconds }: RequestIdSources): () => string {
  const ofProcess = Buffer.from(randomBytes(6)).toString('hex');
  let count = 0;
  let now = -1;
  let start = '';
  return () => {
    const read = milliseconds();
    if (read !== now) {
      now = read;
      start = startOf(read);
    }
    count = (count + 1) % COUNTER_LIMIT;
    const counter = count.toString(16).padStart(6, '0');
    return `${start}-7${counter.slice(0, 3)}-8${counter.slice(3)}-${ofProcess}`;
  };
}

function startOf(milliseconds: number): string {
  const hex = milliseconds.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
