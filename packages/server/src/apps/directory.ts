/**
 * Clients as the protocol reads them, kept for less than a second: token and introspection requests come in bursts. What
 * this process changes is dropped at once, and a read that was under way meanwhile is not kept.
 */
import type { Elapsed } from '../kit/clock.ts';
import { createChangeLog } from '../kit/change-log.ts';
import type { ClientStore } from '../oauth/ports.ts';
import type { RegisteredClient } from '../oauth/vocabulary.ts';

export interface ClientDirectory extends ClientStore {
  forget(id: string): void;
  /** The owner of these clients changed: whether they work depends on them. */
  forgetOfOwner(ownerId: string): void;
  forgetAll(): void;
}

const MAX_AGE_MILLISECONDS = 800;
const MOST_CLIENTS = 10_000;

const appKey = (id: string): string => `app:${id}`;
const ownerKey = (id: string): string => `user:${id}`;

const subjectsOf = (id: string, { client }: RegisteredClient): readonly string[] => [
  appKey(id),
  ownerKey(client.ownerId),
];

interface Entry {
  readonly registered: RegisteredClient;
  readonly readAt: number;
}

export function createClientDirectory(store: ClientStore, elapsed: Elapsed): ClientDirectory {
  const entries = new Map<string, Entry>();
  const changes = createChangeLog();

  async function read(id: string, now: number): Promise<RegisteredClient | null> {
    const mark = changes.mark();
    const registered = await store.byId(id);
    // Unknown ids are not kept: anybody can make up any number of them.
    if (registered !== null && !changes.hasChanged(subjectsOf(id, registered), mark)) {
      entries.delete(id);
      entries.set(id, { registered, readAt: now });
      if (entries.size > MOST_CLIENTS) forgetOldest();
    }
    return registered;
  }

  function forgetOldest(): void {
    const oldest = entries.keys().next();
    if (oldest.done !== true) entries.delete(oldest.value);
  }

  return {
    byId(id) {
      const now = elapsed();
      const known = entries.get(id);
      const isFresh = known !== undefined && now - known.readAt < MAX_AGE_MILLISECONDS;
      return isFresh ? known.registered : read(id, now);
    },
    forget(id) {
      changes.note(appKey(id));
      entries.delete(id);
    },
    forgetOfOwner(ownerId) {
      changes.note(ownerKey(ownerId));
      for (const [id, { registered }] of entries)
        if (registered.client.ownerId === ownerId) entries.delete(id);
    },
    forgetAll() {
      changes.noteAll();
      entries.clear();
    },
  };
}
