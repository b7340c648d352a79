/** The counters of one process, in its memory. */
import { BoundedMap } from '../kit/bounded-map.ts';
import { mostAhead } from '../kit/clock.ts';
import { fill, microsecondsOf, MICROSECONDS, roomOf } from '../kit/leaky-bucket.ts';
import type { Attempts, Limits, Pour, Poured } from './limits.ts';
import type { Bucket } from '../kit/leaky-bucket.ts';

/** `maxKeys` of each kind are kept; beyond it the one unused for longest is forgotten. */
export function createMemoryLimits(maxKeys: number): Limits {
  const windows = new BoundedMap<Attempts>(maxKeys);
  const buckets = new BoundedMap<number>(maxKeys);
  return {
    hit(key, windowSeconds, now) {
      const counted = hitOn(windows.get(key), windowSeconds, now);
      windows.set(key, counted);
      return Promise.resolve(counted);
    },
    refund(key) {
      const { count = 0, resetsAt = 0 } = windows.get(key) ?? {};
      if (count > 0) windows.set(key, { count: count - 1, resetsAt });
      return Promise.resolve();
    },
    forget(key) {
      windows.delete(key);
      buckets.delete(key);
      return Promise.resolve();
    },
    pour: (pours, bucket, now) =>
      Promise.resolve(pours.map((pour) => pourInto(buckets, { pour, bucket, now }))),
    purge: (now) =>
      Promise.resolve(
        windows.deleteWhere(({ resetsAt }) => resetsAt <= now) +
          buckets.deleteWhere((emptyAt) => emptyAt <= now * MICROSECONDS),
      ),
  };
}

function hitOn(before: Attempts | undefined, windowSeconds: number, now: number): Attempts {
  const resetsAt = now + windowSeconds;
  const latest = resetsAt + mostAhead(windowSeconds);
  return before === undefined || before.resetsAt <= now || before.resetsAt > latest
    ? { count: 1, resetsAt }
    : { count: before.count + 1, resetsAt: Math.min(before.resetsAt, resetsAt) };
}

interface Pouring {
  readonly pour: Pour;
  readonly bucket: Bucket;
  readonly now: number;
}

function pourInto(
  buckets: BoundedMap<number>,
  { pour: { key, times }, bucket, now }: Pouring,
): Poured {
  const size = microsecondsOf(bucket);
  const at = Math.floor(now * MICROSECONDS);
  const { allowed, emptyAt } = fill(size, { emptyAt: buckets.get(key) ?? 0, now: at, times });
  buckets.set(key, emptyAt);
  const { remaining, wait } = roomOf(size, emptyAt, at);
  return { allowed, remaining, retryAfterSeconds: Math.ceil(wait / MICROSECONDS) };
}
