/**
 * Calls under each grant, kept in memory and written in one batch a minute, or before somebody looks at them: nothing is
 * written while a program waits.
 */
import { writeInSteps } from '../kit/survivors.ts';
import { takeOut } from '../kit/take-out.ts';
import type { GrantStore, GrantUse } from './ports.ts';

export interface GrantUsage {
  noteCall(grantId: string, at: number): void;
  /** Writes what has been gathered. On failure the counts are kept for the next try. */
  flush(): Promise<void>;
  /**
   * Writes what has been gathered of these grants, for somebody who wants to look at them now; what cannot be written is
   * kept. `true` when there was anything.
   */
  settle(grantIds: readonly string[]): Promise<boolean>;
}

const SECONDS_PER_DAY = 86_400;
/** Beyond this many grants in one minute, further ones are not counted: memory stays bounded. */
const MOST_GRANTS = 100_000;

interface Tally extends GrantUse {
  calls: number;
  lastUsedAt: number;
}

/** One day's calls, or those of two around midnight. */
type Days = Tally[];

export function createGrantUsage(
  store: Pick<GrantStore, 'recordUse'>,
  /** A grant whose calls the database refuses for good. */
  onDropped: (grantId: string) => void = () => undefined,
): GrantUsage {
  let tallies = new Map<string, Days>();

  async function record(taken: ReadonlyMap<string, Days>): Promise<void> {
    const write = (some: readonly (readonly [string, Days])[]): Promise<void> =>
      store.recordUse(some.flatMap(([, calls]) => calls));
    const left = await writeInSteps([...taken], { write, onDropped: ([id]) => onDropped(id) });
    if (left === null) return;
    for (const [id, older] of left.rows) {
      for (const newer of tallies.get(id) ?? []) add(older, newer);
      tallies.set(id, older);
    }
    throw left.error;
  }

  return {
    noteCall(grantId, at) {
      const known = tallies.get(grantId);
      if (known === undefined && tallies.size >= MOST_GRANTS) return;
      const call = { grantId, day: Math.floor(at / SECONDS_PER_DAY), calls: 1, lastUsedAt: at };
      if (known === undefined) tallies.set(grantId, [call]);
      else add(known, call);
    },
    flush() {
      const taken = tallies;
      tallies = new Map();
      return record(taken);
    },
    async settle(grantIds) {
      const taken = takeOut(tallies, grantIds);
      // A failure is told by the flush of the minute, which tries again.
      await record(taken).catch(() => undefined);
      return taken.size > 0;
    },
  };
}

function add(days: Days, newer: Tally): void {
  const known = days.find(({ day }) => day === newer.day);
  if (known === undefined) {
    days.push(newer);
    return;
  }
  known.calls += newer.calls;
  known.lastUsedAt = newer.lastUsedAt;
}
