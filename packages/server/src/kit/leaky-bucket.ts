/**
 * A leaky bucket by the generic cell rate algorithm (ITU-T I.371): its whole state is the time at which it is empty.
 * Times are in any one unit; whole numbers stay whole.
 */
export interface Bucket {
  /** How many fit at once; from then on one every `windowSeconds / requests`. */
  readonly requests: number;
  readonly windowSeconds: number;
}

export interface BucketSize {
  /** What one of them adds. */
  readonly cost: number;
  readonly capacity: number;
}

/** In whole microseconds, which any two processes have in common. */
export const microsecondsOf = ({ requests, windowSeconds }: Bucket): BucketSize => {
  const capacity = windowSeconds * MICROSECONDS;
  return { cost: Math.floor(capacity / requests), capacity };
};

export const MICROSECONDS = 1_000_000;

export interface Filled {
  /** How many of the asked fitted. */
  readonly allowed: number;
  readonly emptyAt: number;
}

interface Filling {
  /** 0: empty. */
  readonly emptyAt: number;
  readonly now: number;
  readonly times: number;
}

export function fill(size: BucketSize, { emptyAt, now, times }: Filling): Filled {
  const level = levelOf(size, emptyAt, now);
  const allowed = Math.min(times, roomIn(size, level));
  return { allowed, emptyAt: now + level + allowed * size.cost };
}

/** Clocks of processes differ a little. Beyond twice the capacity one was ahead by more, and the bucket is only full. */
const levelOf = ({ capacity }: BucketSize, emptyAt: number, now: number): number =>
  emptyAt - now > 2 * capacity ? capacity : Math.max(0, emptyAt - now);

const roomIn = ({ capacity, cost }: BucketSize, level: number): number =>
  Math.max(0, Math.floor((capacity - level) / cost));

export interface Room {
  /** How many more would fit. */
  readonly remaining: number;
  /** Until one more fits. */
  readonly wait: number;
}

export function roomOf(size: BucketSize, emptyAt: number, now: number): Room {
  const level = levelOf(size, emptyAt, now);
  return {
    remaining: roomIn(size, level),
    wait: Math.max(0, level + size.cost - size.capacity),
  };
}
