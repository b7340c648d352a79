/** When each client secret was last used, kept in memory and written in one batch a minute. */
import type { AppSecretStore } from './ports.ts';

export interface SecretUsage {
  note(secretId: string, at: number): void;
  /** Writes what has been gathered. On failure it is kept for the next try. */
  flush(): Promise<void>;
}

export function createSecretUsage(store: Pick<AppSecretStore, 'recordUse'>): SecretUsage {
  let uses = new Map<string, number>();

  return {
    note: (secretId, at) => void uses.set(secretId, at),
    async flush() {
      if (uses.size === 0) return;
      const taken = uses;
      uses = new Map();
      try {
        await store.recordUse([...taken].map(([id, at]) => ({ id, at })));
      } catch (error) {
        uses = new Map([...taken, ...uses]);
        throw error;
      }
    },
  };
}
