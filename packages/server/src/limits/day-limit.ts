/**
 * How much one person may make within 24 hours, whether it still lives or not: whoever makes and ends things in a loop would
 * fill the log and their own mailbox, however little is live at a time.
 */
import { days } from '../kit/clock.ts';

const TIMES = 10;

/** How many may be made within 24 hours where so many may live at a time. */
export const mostADay = (mostLive: number): number => mostLive * TIMES;

export interface MadeEnough {
  readonly outcome: 'made-enough';
  readonly most: number;
  /** Until one more can be made. */
  readonly retryAfterSeconds: number;
}

/** When the `place`-th newest one was made, live or not; `null` when there are fewer since then. */
export interface MadeSince {
  readonly place: number;
  /** Excluded. Bounds what is read, however long the history is. */
  readonly since: number;
  /** Included. What is later is of a clock that was ahead, and not counted. */
  readonly until: number;
}

interface Making {
  /** How many may be made within 24 hours. */
  readonly most: number;
  readonly now: number;
  /** Asked under the lock under which another is made. */
  readonly madeAt: (asked: MadeSince) => Promise<number | null>;
}

export async function refuseBeyondDay({ most, now, madeAt }: Making): Promise<MadeEnough | null> {
  const since = now - days(1);
  const at = await madeAt({ place: most, since, until: now });
  return at === null ? null : { outcome: 'made-enough', most, retryAfterSeconds: at - since };
}
