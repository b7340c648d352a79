/** What is known of a database that is read and refuses writes. */
import { isWriteFault, type StorageUnavailable } from './unavailable.ts';

export interface WriteFaults {
  /** Remembers the failure of a write when it says that others will fail too. */
  note(error: unknown): void;
  /** `null`: as far as is known, writes work. */
  current(): StorageUnavailable | null;
  clear(): void;
}

export function createWriteFaults(): WriteFaults {
  let fault: StorageUnavailable | null = null;
  return {
    note(error) {
      if (isWriteFault(error)) fault = error;
    },
    current: () => fault,
    clear() {
      fault = null;
    },
  };
}
