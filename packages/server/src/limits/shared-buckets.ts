/**
 * Leaky buckets that all processes on one database fill. What is counted at the same time goes in one statement, at most one
 * every 50 ms, of a bounded number of keys: a flood is no flood of writes. Whoever is counted waits for it, so that the count is
 * exact. A key that is known to be full is refused without asking.
 */
import { BoundedMap } from '../kit/bounded-map.ts';
import { createMemoryLimits } from './memory.ts';
import type { Limits, Poured } from './limits.ts';
import type { Limit } from './rules.ts';
import type { Clock, Elapsed } from '../kit/clock.ts';

export interface Sharing {
  readonly limits: Pick<Limits, 'pour'>;
  /** Of the database's rows. */
  readonly clock: Clock;
  /** For the time between statements, and until a full bucket has room. */
  readonly elapsed: Elapsed;
}

/** Between the beginnings of two statements. */
const PAUSE_MILLISECONDS = 50;
/** In one statement. Others are counted in this process alone until the next one. */
const MOST_KEYS = 200;
/** Remembered as full, and counted in this process alone. */
const MOST_REMEMBERED = 100_000;

interface Waiting {
  readonly limit: Limit;
  readonly answers: ((poured: Poured) => void)[];
}

export class SharedBuckets {
  readonly #sharing: Sharing;
  /** Counts what the database cannot count now. */
  readonly #own = createMemoryLimits(MOST_REMEMBERED);
  /** Until when a key is full, by the elapsed clock. */
  readonly #fullUntil = new BoundedMap<number>(MOST_REMEMBERED);
  #waiting = new Map<string, Waiting>();
  #isRunning = false;
  #begunAt = -Infinity;

  constructor(sharing: Sharing) {
    this.#sharing = sharing;
  }

  /** Never rejects. */
  count(limit: Limit): Promise<Poured> {
    const full = this.#answerOfFull(limit.key);
    if (full !== null) return Promise.resolve(full);
    const waiting = this.#waiting.get(limit.key);
    if (waiting === undefined && this.#waiting.size >= MOST_KEYS) return this.#countAlone(limit);
    const { promise, resolve } = Promise.withResolvers<Poured>();
    if (waiting === undefined) this.#waiting.set(limit.key, { limit, answers: [resolve] });
    else waiting.answers.push(resolve);
    this.#schedule();
    return promise;
  }

  #answerOfFull(key: string): Poured | null {
    const until = this.#fullUntil.get(key);
    if (until === undefined) return null;
    const left = until - this.#sharing.elapsed();
    if (left > 0) return refusedFor(Math.ceil(left / 1000));
    this.#fullUntil.delete(key);
    return null;
  }

  #countAlone(limit: Limit): Promise<Poured> {
    return pourOne(this.#own, limit, this.#sharing.elapsed() / 1000);
  }

  #schedule(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const pause = this.#begunAt + PAUSE_MILLISECONDS - this.#sharing.elapsed();
    const begin = (): void => void this.#run();
    // At once after a pause, but with what else is counted in this turn of the event loop.
    if (pause > 0) setTimeout(begin, pause);
    else setImmediate(begin);
  }

  async #run(): Promise<void> {
    this.#begunAt = this.#sharing.elapsed();
    const taken = [...this.#waiting.values()];
    this.#waiting = new Map();
    const sizes = Map.groupBy(taken, ({ limit }) => `${limit.most}/${limit.windowSeconds}`);
    await Promise.all([...sizes.values()].map((waiting) => this.#pour(waiting)));
    this.#isRunning = false;
    if (this.#waiting.size > 0) this.#schedule();
  }

  async #pour(waiting: readonly Waiting[]): Promise<void> {
    const { limits, clock } = this.#sharing;
    const { most: requests = 1, windowSeconds = 1 } = waiting[0]?.limit ?? {};
    const pours = waiting.map(({ limit, answers }) => ({ key: limit.key, times: answers.length }));
    try {
      const all = await limits.pour(pours, { requests, windowSeconds }, clock());
      for (const [at, one] of waiting.entries()) this.#answer(one, all[at]);
    } catch {
      // The database is away, which others report: this process still counts.
      for (const { limit, answers } of waiting)
        for (const answer of answers) answer(await this.#countAlone(limit));
    }
  }

  /** The first of them are those that fitted. */
  #answer({ limit, answers }: Waiting, poured: Poured | undefined): void {
    if (poured === undefined) throw new Error('a pour was not answered');
    const { allowed, remaining, retryAfterSeconds } = poured;
    if (retryAfterSeconds > 0)
      this.#fullUntil.set(limit.key, this.#sharing.elapsed() + retryAfterSeconds * 1000);
    for (const [at, answer] of answers.entries()) {
      const isAllowed = at < allowed;
      const left = isAllowed ? remaining + allowed - 1 - at : remaining;
      answer({ allowed: isAllowed ? 1 : 0, remaining: left, retryAfterSeconds });
    }
  }
}

const refusedFor = (retryAfterSeconds: number): Poured => ({
  allowed: 0,
  remaining: 0,
  retryAfterSeconds,
});

export async function pourOne(
  limits: Pick<Limits, 'pour'>,
  { key, most: requests, windowSeconds }: Limit,
  now: number,
): Promise<Poured> {
  const [poured] = await limits.pour([{ key, times: 1 }], { requests, windowSeconds }, now);
  if (poured === undefined) throw new Error('a pour was not answered');
  return poured;
}
