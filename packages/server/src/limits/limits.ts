/**
 * The limits module: how often something may be tried, and the counters that know. Depends on `kit` alone. The counters are
 * one asynchronous port, kept in memory or in the database; the composition chooses. Never decides what is counted: callers do.
 */
import type { Bucket } from '../kit/leaky-bucket.ts';

export interface Attempts {
  readonly count: number;
  readonly resetsAt: number;
}

/** A count to be added to a leaky bucket. */
export interface Pour {
  readonly key: string;
  /** At least 1. */
  readonly times: number;
}

export interface Poured {
  /** How many of them fitted. The others are refused, and not counted. */
  readonly allowed: number;
  /** How many more would fit at this moment. */
  readonly remaining: number;
  /** Until one more fits; 0 when one does. */
  readonly retryAfterSeconds: number;
}

/** Times are epoch seconds. Every method is exact, however many callers and processes share the counters. */
export interface Limits {
  /** A fixed window, which begins with the first hit. Counts hits beyond any limit too. */
  hit(key: string, windowSeconds: number, now: number): Promise<Attempts>;
  /** Takes one hit back, never below zero. */
  refund(key: string): Promise<void>;
  forget(key: string): Promise<void>;
  /** Leaky buckets of one size, by one statement; the keys differ. Answers in the order of the pours. */
  pour(pours: readonly Pour[], bucket: Bucket, now: number): Promise<readonly Poured[]>;
  /** Drops the counters that are over. */
  purge(now: number): Promise<number>;
}
