/**
 * A leaky bucket by the generic cell rate algorithm (ITU-T I.371): one number a key, exact to the unit, no timers.
 * `requests` may come at once; from then on one every `windowSeconds / requests`.
 */
export interface RateLimitRule {
  readonly requests: number;
  readonly windowSeconds: number;
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
  const capacity = cost * requests;
  const emptyAt = new Map<string, number>();
  let origin: number | null = null;

  return {
    take(key, nowMilliseconds) {
      origin ??= Math.floor(nowMilliseconds);
      const now = (Math.floor(nowMilliseconds) - origin) * requests;
      const level = Math.min(capacity, Math.max(0, (emptyAt.get(key) ?? now) - now));
      const allowed = level + cost <= capacity;
      const after = allowed ? level + cost : level;
      // Deleting first keeps the map in order of last use.
      emptyAt.delete(key);
      emptyAt.set(key, now + after);
      if (emptyAt.size > maxKeys) forgetOldest(emptyAt);
      return {
        allowed,
        limit: requests,
        remaining: Math.floor((capacity - after) / cost),
        retryAfterSeconds: allowed
          ? 0
          : Math.max(1, Math.ceil((level + cost - capacity) / requests / 1000)),
      };
    },
  };
}

function forgetOldest(entries: Map<string, number>): void {
  const oldest = entries.keys().next();
  if (oldest.done !== true) entries.delete(oldest.value);
}
