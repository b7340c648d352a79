/** Calls under each grant and uses of each client secret, kept in memory and written in one batch a minute. */
import type { GrantStore, GrantUse } from './ports.ts';

export interface GrantUsage {
  noteCall(grantId: string, at: number): void;
  /** Writes what has been gathered. On failure the counts are kept for the next try. */
  flush(): Promise<void>;
}

const SECONDS_PER_DAY = 86_400;
/** Beyond this many grants in one minute, further ones are not counted: memory stays bounded. */
const MOST_GRANTS = 100_000;

export function createGrantUsage(store: Pick<GrantStore, 'recordUse'>): GrantUsage {
  let tallies = new Map<string, GrantUse>();

  return {
    noteCall(grantId, at) {
      const day = Math.floor(at / SECONDS_PER_DAY);
      const key = `${grantId} ${day}`;
      const known = tallies.get(key);
      if (known === undefined && tallies.size >= MOST_GRANTS) return;
      tallies.set(key, { grantId, day, calls: (known?.calls ?? 0) + 1, lastUsedAt: at });
    },
    async flush() {
      if (tallies.size === 0) return;
      const taken = tallies;
      tallies = new Map();
      try {
        await store.recordUse([...taken.values()]);
      } catch (error) {
        for (const [key, use] of taken) {
          const calls = use.calls + (tallies.get(key)?.calls ?? 0);
          tallies.set(key, { ...use, ...tallies.get(key), calls });
        }
        throw error;
      }
    },
  };
}
