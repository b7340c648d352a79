/** Taking it back. One act ends consent, refresh tokens, access tokens and unused codes. */
import { URGENT } from '../kit/urgency.ts';
import type { Origin } from '../audit/event.ts';
import { grantEvent, type ConsentContext } from './context.ts';
import type { Grant } from './types.ts';

export interface Disconnection {
  readonly grantId: string;
  /** Whose grant it must be; `null`: an operator's or the command line's act. */
  readonly userId: string | null;
  readonly appName: string;
  readonly origin: Origin;
}

/** `false` when there is no such grant of theirs, or it was over before. */
export async function disconnect(
  context: ConsentContext,
  { grantId, userId, appName, origin }: Disconnection,
): Promise<boolean> {
  const grant = await context.storage.grants.byId(grantId);
  if (grant === null || (userId !== null && grant.userId !== userId)) return false;
  return end(context, { grant, appName, origin });
}

const end = (
  { storage, clock }: ConsentContext,
  { grant, appName, origin }: { grant: Grant; appName: string; origin: Origin },
): Promise<boolean> =>
  storage.transaction(async (stores) => {
    // The person may be answering the app in another window: what they said last counts.
    await stores.users.lock(grant.userId);
    const at = clock();
    if (!(await stores.grants.revoke(grant.id, at))) return false;
    const details = { app: appName };
    await stores.events.append(grantEvent(grant, 'oauth_grant_revoked', { origin, at, details }));
    return true;
  }, URGENT);
