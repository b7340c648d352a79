/**
 * Counts of use, kept in memory and written in one batch a minute: nothing is written while a request waits.
 * A crash loses at most that minute of counts, never a token.
 */
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
}

interface Tally {
  lastUsedAt: number;
  address: string;
  agent: string;
  readonly outcomes: Map<string, number>;
  readonly addresses: Map<
    string,
    { address: string; agent: string; firstUsedAt: number; lastUsedAt: number; uses: number }
  >;
}

const SECONDS_PER_DAY = 86_400;
const MAX_AGENT_LENGTH = 200;
/** Places remembered of one token in one minute; a token behind a botnet must not fill the memory. */
const MOST_ADDRESSES = 20;

export const dayOf = (at: number): number => Math.floor(at / SECONDS_PER_DAY);

export function createUsageRecorder(store: UsageStore): UsageRecorder {
  let tallies = new Map<string, Tally>();
  let flushing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    if (tallies.size === 0) return;
    const taken = tallies;
    tallies = new Map();
    try {
      await store.record(toBatch(taken));
    } catch (error) {
      for (const [id, tally] of taken) if (!tallies.has(id)) tallies.set(id, tally);
      throw error;
    }
  }

  return {
    note(use) {
      const tally = tallies.get(use.tokenId) ?? newTally(use);
      tallies.set(use.tokenId, tally);
      add(tally, use);
    },
    flush() {
      flushing = flushing.catch(() => undefined).then(write);
      return flushing;
    },
  };
}

const newTally = (use: Use): Tally => ({
  lastUsedAt: use.at,
  address: use.address,
  agent: use.agent,
  outcomes: new Map(),
  addresses: new Map(),
});

function add(tally: Tally, use: Use): void {
  const outcome = `${dayOf(use.at)} ${use.outcome}`;
  tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1);
  tally.lastUsedAt = use.at;
  tally.address = use.address;
  tally.agent = use.agent;
  const key = `${use.address} ${use.agent}`;
  const place = tally.addresses.get(key);
  if (place !== undefined) {
    place.uses += 1;
    place.lastUsedAt = use.at;
  } else if (tally.addresses.size < MOST_ADDRESSES) {
    const agent = use.agent.slice(0, MAX_AGENT_LENGTH);
    tally.addresses.set(key, {
      address: use.address,
      agent,
      firstUsedAt: use.at,
      lastUsedAt: use.at,
      uses: 1,
    });
  }
}

function toBatch(tallies: ReadonlyMap<string, Tally>): UsageBatch {
  const entries = [...tallies];
  return {
    lastUsed: entries.map(([tokenId, tally]) => ({
      tokenId,
      at: tally.lastUsedAt,
      address: tally.address,
      agent: tally.agent.slice(0, MAX_AGENT_LENGTH),
    })),
    uses: entries.flatMap(([tokenId, tally]) =>
      [...tally.outcomes].map(([key, count]) => {
        const [day = '0', outcome = ''] = key.split(' ', 2);
        return { tokenId, day: Number(day), outcome, count };
      }),
    ),
    addresses: entries.flatMap(([tokenId, tally]) =>
      [...tally.addresses.values()].map((place) => ({ tokenId, ...place })),
    ),
  };
}
