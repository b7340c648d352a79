import { performance } from 'node:perf_hooks';

/** Reads the current time in whole epoch seconds. Modules take a clock as an argument and never ask the system themselves. */
export type Clock = () => number;

export const systemClock: Clock = () => Math.floor(Date.now() / 1000);

/** Epoch milliseconds, for what is told to others and too short for whole seconds. */
export const systemMilliseconds = (): number => Date.now();

/**
 * Milliseconds since some moment, never set back or ahead: for the age of what is in memory, and for limits counted there. Nothing
 * of it means anything to another process.
 */
export type Elapsed = () => number;

export const elapsedMilliseconds: Elapsed = () => performance.now();

/** For how many of them the thread had nothing to do. */
export const idleMilliseconds: Elapsed = () => performance.eventLoopUtilization().idle;

/** For a clock that stands for the machine: what goes by on it, without the steps back. */
export function elapsedOn(clock: Clock): Elapsed {
  let last = clock();
  let passed = 0;
  return () => {
    const now = clock();
    passed += Math.max(0, now - last);
    last = now;
    return passed * 1000;
  };
}

/** What was noted at `at` is not older than `seconds`. One from the future is of a clock that was wrong, and not believed for longer. */
export const isWithin = (at: number, seconds: number, now: number): boolean =>
  Math.abs(now - at) <= seconds;

/** The end was reached, or the beginning is farther in the future than the whole life is long. */
export const isOver = (life: Life, now: number): boolean =>
  life.expiresAt <= now || life.createdAt - now > life.expiresAt - life.createdAt;

export interface Life {
  readonly createdAt: number;
  readonly expiresAt: number;
}

export const minutes = (count: number): number => count * 60;
export const hours = (count: number): number => count * 3600;
export const days = (count: number): number => count * 86_400;

/**
 * Clocks of processes differ a little: a window that ends up to so many seconds too late counts on, and ends in time. Beyond it
 * the clock was wrong, and the window begins anew.
 */
export const mostAhead = (windowSeconds: number): number => Math.min(windowSeconds, minutes(5));
