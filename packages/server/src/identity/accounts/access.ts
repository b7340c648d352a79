/** Ending everything by which programs act for a person: for whoever fears that somebody else made or kept some of it. */
import { URGENT } from '../../kit/urgency.ts';
import type { Origin } from '../../audit/event.ts';
import { userEvent, type AccountContext } from '../context.ts';
import type { AccountStores } from '../ports.ts';
import type { User } from '../types.ts';

export interface EndedAccess {
  readonly tokens: number;
  readonly grants: number;
}

export async function endAllAccess(
  context: AccountContext,
  { user, origin }: { user: User; origin: Origin },
): Promise<EndedAccess> {
  const ended = await context.storage.transaction(
    (stores) => endAccess(stores, { user, origin, at: context.clock() }),
    URGENT,
  );
  return ended;
}

/** In the transaction of whatever else ends with it. */
export async function endAccess(
  stores: AccountStores,
  { user, origin, at }: { user: User; origin: Origin; at: number },
): Promise<EndedAccess> {
  // What a token is making at this moment is made before, or not at all.
  await stores.users.lock(user.id);
  const ended = await stores.access.endAll(user.id, at);
  const details = { tokens: ended.tokens, grants: ended.grants };
  await stores.events.append(userEvent(user, { type: 'access_ended', origin, at, details }));
  return ended;
}
