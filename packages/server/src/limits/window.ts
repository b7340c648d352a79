import type { Limits } from './limits.ts';
import type { Limit } from './rules.ts';

/** Counts one; answers the seconds to wait, 0 when it may go on. */
export async function secondsToWait(
  limits: Pick<Limits, 'hit'>,
  { key, most, windowSeconds }: Limit,
  now: number,
): Promise<number> {
  const { count, resetsAt } = await limits.hit(key, windowSeconds, now);
  return count > most ? Math.max(1, resetsAt - now) : 0;
}
