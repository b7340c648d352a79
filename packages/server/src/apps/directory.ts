/**
 * Clients as the protocol reads them, kept for less than a second: token and introspection requests come in bursts. What
 * changes is dropped, and a read that was under way meanwhile is not kept.
 */
import type { ChangeReader } from '../changes/readers.ts';
import type { Elapsed } from '../kit/clock.ts';
import { createChangeLog } from '../kit/change-log.ts';
import type { ClientStore } from '../oauth/ports.ts';
import type { Client, RegisteredClient } from '../oauth/vocabulary.ts';

export interface ClientDirectory extends ClientStore {
  readonly reader: ChangeReader;
}

const MAX_AGE_MILLISECONDS = 800;
const MOST_CLIENTS = 10_000;

const clientKey = (id: string): string => `client:${id}`;
const userKey = (id: string): string => `user:${id}`;
const memberKey = (userId: string, accountId: string): string => `member:${userId}@${accountId}`;

/** Whether a client works depends on its owner and on their role in its account. */
function keysOf({ client: { id, ownerId, accountId } }: RegisteredClient): readonly string[] {
  if (ownerId === null) return [clientKey(id)];
  const ofOwner = [clientKey(id), userKey(ownerId)];
  return accountId === null ? ofOwner : [...ofOwner, memberKey(ownerId, accountId)];
}

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
    if (registered !== null && !changes.hasChanged(keysOf(registered), mark)) {
      entries.delete(id);
      entries.set(id, { registered, readAt: now });
      if (entries.size > MOST_CLIENTS) dropOldest();
    }
    return registered;
  }

  function dropOldest(): void {
    const oldest = entries.keys().next();
    if (oldest.done !== true) entries.delete(oldest.value);
  }

  function dropWhere(isConcerned: (client: Client) => boolean): void {
    for (const [id, { registered }] of entries)
      if (isConcerned(registered.client)) entries.delete(id);
  }

  return {
    byId(id) {
      const now = elapsed();
      const known = entries.get(id);
      const isFresh = known !== undefined && now - known.readAt < MAX_AGE_MILLISECONDS;
      return isFresh ? known.registered : read(id, now);
    },
    reader: {
      onChange(fact) {
        switch (fact.kind) {
          case 'client':
          case 'secret':
            changes.note(clientKey(fact.clientId));
            entries.delete(fact.clientId);
            return;
          case 'user':
            changes.note(userKey(fact.userId));
            return dropWhere(({ ownerId }) => ownerId === fact.userId);
          case 'membership':
            changes.note(memberKey(fact.userId, fact.accountId));
            return dropWhere(
              ({ ownerId, accountId }) => ownerId === fact.userId && accountId === fact.accountId,
            );
          case 'developer_token':
          case 'access_token':
          case 'family':
          case 'grant':
            // No client depends on it.
            return;
          default:
            fact satisfies never;
        }
      },
      onAnything() {
        changes.noteAll();
        entries.clear();
      },
    },
  };
}
