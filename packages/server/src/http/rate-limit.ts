/** Limits of requests, in the memory of this process: one number a key, exact to the unit, no timers. */
import { BoundedMap } from '../kit/bounded-map.ts';
import { fill, roomOf, type Bucket } from '../kit/leaky-bucket.ts';

export interface RateLimitRule extends Bucket {
  /** Keys remembered at most; beyond it the one unused for longest is forgotten. */
  readonly maxKeys: number;
}

export interface RateLimitAnswer {
  readonly allowed: boolean;
  readonly limit: number;
  /** How many more would be allowed at this moment. */
  readonly remaining: number;
  /** 0 when allowed. */
  readonly retryAfterSeconds: number;
}

export interface RateLimit {
  /** `nowMilliseconds` by a clock that is never set: see `Elapsed`. */
  take(key: string, nowMilliseconds: number): RateLimitAnswer;
}

export function createRateLimit({ requests, windowSeconds, maxKeys }: RateLimitRule): RateLimit {
  // Time is counted in units of 1 ms / requests since the first call, so that every figure stays a whole number.
  const cost = windowSeconds * 1000;
  const size = { cost, capacity: cost * requests };
  const emptyAt = new BoundedMap<number>(maxKeys);
  let origin: number | null = null;

  return {
    take(key, nowMilliseconds) {
      origin ??= Math.floor(nowMilliseconds);
      const now = (Math.floor(nowMilliseconds) - origin) * requests;
      const after = fill(size, { emptyAt: emptyAt.get(key) ?? 0, now, times: 1 });
      const allowed = after.allowed === 1;
      emptyAt.set(key, after.emptyAt);
      const { remaining, wait } = roomOf(size, after.emptyAt, now);
      return {
        allowed,
        limit: requests,
        remaining,
        retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil(wait / requests / 1000)),
      };
    },
  };
}
