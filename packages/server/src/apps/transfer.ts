/**
 * Giving an app another owner: by operators, which takes effect at once, or by whoever accepts the owner's offer
 * (`answer-offer.ts`). Both owners are told.
 */
import type { User } from '../identity/types.ts';
import { newId } from '../kit/ids.ts';
import {
  appEvent,
  findManaged,
  lockManaged,
  NO_SUCH_APP,
  type AppActor,
  type AppContext,
  type NoSuchApp,
} from './context.ts';
import type { AppStores } from './ports.ts';
import type { App } from './types.ts';

/** How long client secrets of before may go on, in seconds. */
export const LONGEST_OVERLAP = 7 * 86_400;

/** A service acts with the rights of its owner, so whoever knows its old secrets must not act with those of the new one. */
export const usualOverlap = ({ type }: Pick<App, 'type'>): number =>
  type === 'service' ? 0 : 86_400;

export const isOverlap = (seconds: number): boolean =>
  Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= LONGEST_OVERLAP;

export type TransferOutcome =
  | HandedOver
  /** Only operators give apps of others away. */
  | { readonly outcome: 'not-operator' }
  /** It is theirs already. */
  | { readonly outcome: 'same-owner' }
  /** The new owner has not proved an address, or is suspended. */
  | { readonly outcome: 'not-eligible' }
  | { readonly outcome: 'invalid-overlap' }
  | { readonly outcome: 'too-many'; readonly most: number }
  | NoSuchApp;

interface Transfer {
  readonly id: string;
  readonly toId: string;
  readonly overlapSeconds: number;
}

/**
 * What people allowed the app stays. Client secrets that the former owner could know end after the overlap, and from now on
 * no longer with the developer token that made them, which is not the new owner's to keep or to end.
 */
export async function transferApp(
  context: AppContext,
  asked: Transfer,
  actor: AppActor,
): Promise<TransferOutcome> {
  if (!actor.isOperator || actor.ceiling !== null) return { outcome: 'not-operator' };
  const { overlapSeconds } = asked;
  if (!isOverlap(overlapSeconds)) return { outcome: 'invalid-overlap' };
  const found = await findManaged(context, actor, asked.id);
  if (found === null) return NO_SUCH_APP;
  if (found.ownerId === asked.toId) return { outcome: 'same-owner' };
  const outcome = await context.storage.transaction((stores) =>
    transfer(context, stores, { found, asked, actor }),
  );
  context.onMail();
  return outcome;
}

interface Transferring {
  readonly found: App;
  readonly asked: Transfer;
  readonly actor: AppActor;
}

async function transfer(
  context: AppContext,
  stores: AppStores,
  { found, asked, actor }: Transferring,
): Promise<TransferOutcome> {
  if (found.ownerId === null && (await lockManaged(context, stores, { found, actor })) === null)
    return NO_SUCH_APP;
  // Always in the same order, so that two transfers never wait for each other.
  const ids = new Set(
    [found.ownerId, asked.toId, actor.origin.actorId].filter((id) => id !== null),
  );
  for (const id of [...ids].toSorted()) await stores.users.lock(id);
  if (!(await mayStillAct(stores, actor))) return { outcome: 'not-operator' };
  const [app, from, to] = await Promise.all([
    stores.apps.byId(found.id),
    found.ownerId === null ? null : stores.users.byId(found.ownerId),
    stores.users.byId(asked.toId),
  ]);
  if (app === null || app.deletedAt !== null || app.ownerId !== found.ownerId) return NO_SUCH_APP;
  if (from === null && found.ownerId !== null) return NO_SUCH_APP;
  if (to === null || to.emailVerifiedAt === null || to.suspendedAt !== null)
    return { outcome: 'not-eligible' };
  const most = context.policy.mostPerUser;
  if ((await stores.apps.countLive(to.id)) >= most) return { outcome: 'too-many', most };
  const { overlapSeconds } = asked;
  const given = { app, from, to, overlapSeconds, actor, isAccepted: false };
  return (await handOver(context, stores, given)) ?? NO_SUCH_APP;
}

/** Their rights may have ended after the request had begun. */
async function mayStillAct({ users }: AppStores, { origin }: AppActor): Promise<boolean> {
  if (origin.source !== 'portal' || origin.actorId === null) return true;
  const operator = await users.byId(origin.actorId);
  return operator?.isOperator === true && operator.suspendedAt === null;
}

export interface HandOver {
  readonly app: App;
  /** `null`: nobody owned it. */
  readonly from: User | null;
  readonly to: User;
  readonly overlapSeconds: number;
  readonly actor: AppActor;
  /** Whether the new owner accepted it from the former one; otherwise an operator acts. */
  readonly isAccepted: boolean;
}

export interface HandedOver {
  readonly outcome: 'transferred';
  readonly app: App;
  readonly secretsEndAt: number | null;
}

/** Under the locks of both, who may. `null` when the app is no longer of `from`. */
export async function handOver(
  { clock }: AppContext,
  stores: AppStores,
  given: HandOver,
): Promise<HandedOver | null> {
  const { app, from, to, overlapSeconds } = given;
  const at = clock();
  // In the account that they share, else in the new owner's own: a service acts where its owner is a member.
  const accountId = await accountAfter(stores, app, to);
  const isShared = accountId === app.accountId;
  // The key of the form that made it belongs to the former owner, who may not have used it alone.
  const change = { ownerId: to.id, accountId, creationKey: newId(), fromId: from?.id ?? null };
  if (!(await stores.apps.transfer(app.id, change, at))) return null;
  await stores.offers.closeAll(app.id, at);
  const hasSecrets = (await stores.secrets.ofApp(app.id)).length > 0;
  const secretsEndAt = hasSecrets && overlapSeconds > 0 ? at + overlapSeconds : null;
  if (secretsEndAt === null) await stores.secrets.revokeAll(app.id, at);
  else await stores.secrets.endAt(app.id, { at: secretsEndAt, now: at });
  if (secretsEndAt === null || !isShared) await stores.appGrants.revokeOwnTokens(app.id, null, at);
  const { ownerId: _, fromId: __, ...kept } = change;
  const moved = { ...app, ...kept, ownerId: to.id, updatedAt: at };
  await tell(stores, { ...given, moved, at, secretsEndAt });
  return { outcome: 'transferred', app: moved, secretsEndAt };
}

async function accountAfter(
  { accounts }: AppStores,
  { accountId }: App,
  to: User,
): Promise<string> {
  const isShared = accountId !== null && (await accounts.membership(accountId, to.id)) !== null;
  return isShared ? accountId : to.accountId;
}

/** Where the other person is, is theirs. */
export const fromElsewhere = <Actor extends AppActor>(actor: Actor): Actor => ({
  ...actor,
  origin: { ...actor.origin, address: null },
});

async function tell(
  stores: AppStores,
  told: HandOver & { moved: App; at: number; secretsEndAt: number | null },
): Promise<void> {
  const { app, moved, from, to, actor, isAccepted, at, secretsEndAt } = told;
  const ids = { from: from?.id ?? null, to: to.id, secrets_end_at: secretsEndAt };
  const details = { ...ids, ...(isAccepted && { by: 'offer' }) };
  const ofFormer = { actor: isAccepted ? fromElsewhere(actor) : actor, at, details };
  await stores.events.append(appEvent(app, 'oauth_app_transferred', ofFormer));
  await stores.events.append(appEvent(moved, 'oauth_app_received', { actor, at, details }));
  for (const [user, other] of [
    [from, to],
    [to, from],
  ] as const) {
    if (user === null) continue;
    await stores.outbox.enqueue({
      kind: 'app-transferred',
      to: user.email,
      name: user.name,
      appId: app.id,
      appName: app.name,
      isAccepted,
      isNewOwner: user === to,
      other: other?.email ?? '',
      secretsEndAt,
      at,
    });
  }
}
