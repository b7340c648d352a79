/** When each client secret was last used, kept in memory and written in one batch a minute, or before somebody looks at it. */
import { writeInSteps } from '../kit/survivors.ts';
import { takeOut } from '../kit/take-out.ts';
import type { AppSecretStore } from './ports.ts';

export interface SecretUsage {
  note(secretId: string, at: number): void;
  /** Writes what has been gathered. On failure it is kept for the next try. */
  flush(): Promise<void>;
  /** The same for these secrets alone, which somebody wants to look at now. `true` when there was anything. */
  settle(secretIds: readonly string[]): Promise<boolean>;
}

export function createSecretUsage(
  store: Pick<AppSecretStore, 'recordUse'>,
  /** A secret whose use the database refuses for good. */
  onDropped: (secretId: string) => void = () => undefined,
): SecretUsage {
  let uses = new Map<string, number>();

  async function record(taken: ReadonlyMap<string, number>): Promise<void> {
    const write = (some: readonly (readonly [string, number])[]): Promise<void> =>
      store.recordUse(some.map(([id, at]) => ({ id, at })));
    const left = await writeInSteps([...taken], { write, onDropped: ([id]) => onDropped(id) });
    if (left === null) return;
    uses = new Map([...left.rows, ...uses]);
    throw left.error;
  }

  return {
    note: (secretId, at) => void uses.set(secretId, at),
    flush() {
      const taken = uses;
      uses = new Map();
      return record(taken);
    },
    async settle(secretIds) {
      const taken = takeOut(uses, secretIds);
      // A failure is told by the flush of the minute, which tries again.
      await record(taken).catch(() => undefined);
      return taken.size > 0;
    },
  };
}
