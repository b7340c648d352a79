/**
 * Notes that somebody used what came of a refresh, so that the refresh token before it is good for no retry any more: whoever
 * presents it from then on did not lose the answer. One write for each refresh at the most, and none while a caller waits:
 * what one turn gathers is written together. In this process it counts at once, in others when it is written.
 */
import type { FamilyStore } from '../ports.ts';

/** One step of a family: the refresh token and the access token that came together. */
export interface Succession {
  readonly familyId: string;
  readonly generation: number;
}

export interface FirstUses {
  note(succession: Succession): void;
  /** Whether it was used here, also when that is not written yet. */
  has(succession: Succession): boolean;
  /** Resolves when nothing is being written any more. */
  settled(): Promise<void>;
}

/** While the database does not answer, memory stays bounded; the others are refused a retry by time alone. */
const MOST_NOTED = 10_000;
const MOST_TRIES = 5;
const PAUSE_MILLISECONDS = 1000;

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const pause = (): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, PAUSE_MILLISECONDS).unref());

export function createFirstUses(store: Pick<FamilyStore, 'endRetries'>): FirstUses {
  /** Families with the newest generation that was used. */
  const noted = new Map<string, number>();
  let writing: Promise<void> | null = null;

  async function write(used: readonly Succession[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await store.endRetries(used);
      } catch {
        // The window for retries closes by itself: this is not worth a refusal of whoever used the token.
        if (tries === MOST_TRIES) return;
        await pause();
      }
    }
  }

  async function drain(): Promise<void> {
    await turn();
    while (noted.size > 0) {
      const used = [...noted].map(([familyId, generation]) => ({ familyId, generation }));
      await write(used);
      for (const { familyId, generation } of used) {
        if (noted.get(familyId) === generation) noted.delete(familyId);
      }
    }
    writing = null;
  }

  return {
    note({ familyId, generation }) {
      const known = noted.get(familyId) ?? 0;
      if (known >= generation || (known === 0 && noted.size >= MOST_NOTED)) return;
      noted.set(familyId, generation);
      writing ??= drain();
    },
    has: ({ familyId, generation }) => (noted.get(familyId) ?? 0) >= generation,
    settled: async () => writing ?? undefined,
  };
}
