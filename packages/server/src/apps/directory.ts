/**
 * Clients as the protocol reads them, kept for less than a second: token and introspection requests come in bursts. What
 * this process changes is dropped at once, and a read that was under way meanwhile is not kept.
 */
import type { ClientStore } from '../oauth/ports.ts';
import type { RegisteredClient } from '../oauth/vocabulary.ts';

export interface ClientDirectory extends ClientStore {
  forgetAll(): void;
}

const MAX_AGE_MILLISECONDS = 800;
const MOST_CLIENTS = 10_000;

interface Entry {
  readonly registered: RegisteredClient | null;
  readonly readAt: number;
}

export function createClientDirectory(
  store: ClientStore,
  milliseconds: () => number,
): ClientDirectory {
  let entries = new Map<string, Entry>();
  let changes = 0;

  async function read(id: string, now: number): Promise<RegisteredClient | null> {
    const before = changes;
    const registered = await store.byId(id);
    // Unknown ids are not kept: anybody can make up any number of them.
    if (registered !== null && before === changes) {
      if (entries.size >= MOST_CLIENTS) entries = new Map();
      entries.set(id, { registered, readAt: now });
    }
    return registered;
  }

  return {
    byId(id) {
      const now = milliseconds();
      const known = entries.get(id);
      const isFresh = known !== undefined && now - known.readAt < MAX_AGE_MILLISECONDS;
      return isFresh ? known.registered : read(id, now);
    },
    forgetAll() {
      changes += 1;
      entries = new Map();
    },
  };
}
