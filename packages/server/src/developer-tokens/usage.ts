/**
 * Counts of use, kept in memory and written in batches once a minute, or before somebody looks at them: nothing is
 * written while a program waits.
 * A crash loses at most that minute of counts, never a token. Memory is bounded, whatever is sent.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { writeSurvivors } from '../kit/survivors.ts';
import { takeOut } from '../kit/take-out.ts';
import type { UsageBatch, UsageStore } from './ports.ts';

export interface Use {
  readonly tokenId: string;
  /** `allowed`, or the reason of the refusal. */
  readonly outcome: string;
  readonly address: string;
  readonly agent: string;
  /** Epoch seconds. */
  readonly at: number;
}

export interface UsageRecorder {
  note(use: Use): void;
  /** Writes what has been gathered. On failure the counts are kept for the next try. */
  flush(): Promise<void>;
  /**
   * Writes what has been gathered of these tokens, for somebody who wants to look at them now; what cannot be written is
   * kept. `true` when there was anything.
   */
  settle(tokenIds: readonly string[]): Promise<boolean>;
}

interface OutcomeCount {
  readonly day: number;
  readonly outcome: string;
  count: number;
}

interface Place {
  readonly address: string;
  readonly agent: string;
  readonly firstUsedAt: number;
  lastUsedAt: number;
  uses: number;
}

interface Tally {
  lastUsedAt: number;
  address: string;
  agent: string;
  /** A handful: the reasons of a day or two. */
  readonly outcomes: OutcomeCount[];
  readonly places: Place[];
}

const SECONDS_PER_DAY = 86_400;
const MAX_AGENT_LENGTH = 200;
/** Places remembered of one token in one minute; a token behind a botnet must not fill the memory. */
const MOST_PLACES = 20;

export interface UsageLimits {
  /** So many tokens are written without waiting for the minute to end. */
  readonly enough: number;
  /** Tokens counted at a time. While the database does not keep up, uses of any others are not counted. */
  readonly most: number;
  /** Tokens written in one transaction; between two of them requests are answered. */
  readonly batch: number;
}

const LIMITS: UsageLimits = { enough: 10_000, most: 50_000, batch: 100 };

export const dayOf = (at: number): number => Math.floor(at / SECONDS_PER_DAY);

export function createUsageRecorder(
  store: UsageStore,
  limits = LIMITS,
  /** A token whose uses the database refuses for good. */
  onDropped: (tokenId: string) => void = () => undefined,
): UsageRecorder {
  const tallies = new Map<string, Tally>();
  let flushing: Promise<void> | null = null;

  async function write(): Promise<void> {
    // What is noted meanwhile waits for the next flush, or this one might never end.
    let left = tallies.size;
    while (left > 0) {
      const taken = take(tallies, Math.min(left, limits.batch));
      left -= taken.length;
      await record(taken);
      await nextTurn();
    }
  }

  async function record(taken: Taken): Promise<void> {
    const write = (some: Taken): Promise<void> => store.record(toBatch(some));
    const left = await writeSurvivors(taken, { write, onDropped: ([id]) => onDropped(id) });
    if (left === null) return;
    for (const [id, tally] of left.rows) giveBack(tallies, id, tally);
    throw left.error;
  }

  async function settle(tokenIds: readonly string[]): Promise<boolean> {
    const taken = [...takeOut(tallies, tokenIds)];
    // A failure is told by the flush of the minute, which tries again.
    if (taken.length > 0) await record(taken).catch(() => undefined);
    return taken.length > 0;
  }

  function flush(): Promise<void> {
    const run = (flushing ?? Promise.resolve()).catch(() => undefined).then(write);
    flushing = run;
    const settle = (): void => {
      if (flushing === run) flushing = null;
    };
    run.then(settle, settle);
    return run;
  }

  return {
    note(use) {
      let tally = tallies.get(use.tokenId);
      if (tally === undefined) {
        if (tallies.size >= limits.most) return;
        tally = newTally(use);
        tallies.set(use.tokenId, tally);
        // A failure is told by the flush of the minute, which tries again.
        if (tallies.size >= limits.enough && flushing === null) flush().catch(() => undefined);
      }
      add(tally, use);
    },
    flush,
    settle,
  };
}

type Taken = readonly (readonly [string, Tally])[];

function take(tallies: Map<string, Tally>, count: number): Taken {
  const taken = [...tallies.entries().take(count)];
  for (const [id] of taken) tallies.delete(id);
  return taken;
}

const newTally = (use: Use): Tally => ({
  lastUsedAt: use.at,
  address: use.address,
  agent: '',
  outcomes: [],
  places: [],
});

function add(tally: Tally, use: Use): void {
  const agent = use.agent.slice(0, MAX_AGENT_LENGTH);
  const { at, address } = use;
  tally.lastUsedAt = at;
  tally.address = address;
  tally.agent = agent;
  addOutcome(tally, { day: dayOf(at), outcome: use.outcome, count: 1 });
  addPlace(tally, { address, agent, firstUsedAt: at, lastUsedAt: at, uses: 1 });
}

function addOutcome({ outcomes }: Tally, added: OutcomeCount): void {
  const known = outcomes.find(({ day, outcome }) => day === added.day && outcome === added.outcome);
  if (known === undefined) outcomes.push(added);
  else known.count += added.count;
}

function addPlace({ places }: Tally, added: Place): void {
  const known = places.find(
    ({ address, agent }) => address === added.address && agent === added.agent,
  );
  if (known !== undefined) {
    known.uses += added.uses;
    known.lastUsedAt = Math.max(known.lastUsedAt, added.lastUsedAt);
  } else if (places.length < MOST_PLACES) {
    places.push(added);
  }
}

/** What could not be written is older than what came since. */
function giveBack(tallies: Map<string, Tally>, id: string, older: Tally): void {
  const newer = tallies.get(id);
  if (newer === undefined) {
    tallies.set(id, older);
    return;
  }
  for (const outcome of older.outcomes) addOutcome(newer, outcome);
  for (const place of older.places) addPlace(newer, place);
}

const toBatch = (tallies: Taken): UsageBatch => ({
  lastUsed: tallies.map(([tokenId, { lastUsedAt: at, address, agent }]) => ({
    tokenId,
    at,
    address,
    agent,
  })),
  uses: tallies.flatMap(([tokenId, { outcomes }]) =>
    outcomes.map((outcome) => ({ tokenId, ...outcome })),
  ),
  addresses: tallies.flatMap(([tokenId, { places }]) =>
    places.map((place) => ({ tokenId, ...place })),
  ),
});
