/**
 * Answering an offer of an app: for whoever has proved the address that it was made to. It is accepted as it was shown; an app
 * that changed meanwhile is shown again first.
 */
import type { User } from '../identity/types.ts';
import { sha256 } from '../kit/hash.ts';
import { FIELD_NAMES } from '../oauth/clients/fields.ts';
import { appEvent, type AppPerson, type AppContext } from './context.ts';
import type { AppStores } from './ports.ts';
import { mayRegister } from './register.ts';
import { fromElsewhere, handOver, isOverlap, type HandedOver } from './transfer.ts';
import type { App, AppOffer } from './types.ts';

/** What whoever is offered an app is shown before they decide. */
export interface ShownOffer {
  readonly offer: AppOffer;
  readonly app: App;
  readonly owner: User;
  /** How many people have it connected. */
  readonly users: number;
  /** Stands for all that the page shows of the app: sent back when it is accepted. */
  readonly seen: string;
}

export type AcceptOutcome =
  | HandedOver
  /** The app is no longer as it was shown. */
  | { readonly outcome: 'changed' }
  | { readonly outcome: 'invalid-overlap' }
  | { readonly outcome: 'too-many'; readonly most: number }
  /** Only operators register apps here. */
  | { readonly outcome: 'not-allowed' }
  /** It became what operators alone give away. */
  | { readonly outcome: 'resource-server' }
  /** Withdrawn, answered, expired, or the app is gone or of somebody else. */
  | { readonly outcome: 'no-offer' };

const NO_OFFER = { outcome: 'no-offer' } as const;
const MOST_SHOWN = 50;

/** Open offers to the address of the actor, when it is proved. */
export async function offersTo(
  { storage, clock }: AppContext,
  { user }: AppPerson,
): Promise<readonly ShownOffer[]> {
  if (user.emailVerifiedAt === null) return [];
  const asked = { now: clock(), most: MOST_SHOWN };
  const offers = await storage.offers.openTo(user.email, asked);
  return showAll(storage, offers);
}

/** All by the same few statements. */
async function showAll(
  { apps, users: people, appGrants }: AppContext['storage'],
  offers: readonly AppOffer[],
): Promise<readonly ShownOffer[]> {
  const appIds = offers.map(({ appId }) => appId);
  const [found, owners, users] = await Promise.all([
    apps.byIds(appIds),
    people.byIds(offers.map(({ fromId }) => fromId)),
    appGrants.countUsersOf(appIds),
  ]);
  return offers.flatMap((offer): readonly ShownOffer[] => {
    const [app, owner] = [found.get(offer.appId), owners.get(offer.fromId)];
    if (app === undefined || owner === undefined) return [];
    return [{ offer, app, owner, users: users.get(app.id) ?? 0, seen: seenOf(app) }];
  });
}

/** One of them, however many there are; `null` when there is no such offer, or it is open no more. */
export async function offerTo(
  { storage, clock }: AppContext,
  id: string,
  { user }: AppPerson,
): Promise<ShownOffer | null> {
  const offer = await storage.offers.byId(id);
  if (offer === null || offer.email !== user.email || user.emailVerifiedAt === null) return null;
  const open = await storage.offers.openOf(offer.appId, clock());
  if (open?.id !== id) return null;
  const [shown = null] = await showAll(storage, [open]);
  return shown;
}

/** Whatever changes it changes what whoever accepts takes over. */
function seenOf(app: App): string {
  const said = FIELD_NAMES.map((name) => app[name]);
  const { type, ownerId, mayIntrospect, disabledAt } = app;
  const shown = [...said, type, ownerId, mayIntrospect, disabledAt];
  const text = Buffer.from(JSON.stringify(shown)).toString('base64');
  return Buffer.from(sha256(text)).toString('base64url');
}

export interface Accepting {
  readonly id: string;
  readonly seen: string;
  readonly overlapSeconds: number;
}

export async function acceptOffer(
  context: AppContext,
  asked: Accepting,
  actor: AppPerson,
): Promise<AcceptOutcome> {
  const { ceiling } = actor;
  if (!isOverlap(asked.overlapSeconds)) return { outcome: 'invalid-overlap' };
  const offer = ceiling === null ? await context.storage.offers.byId(asked.id) : null;
  if (offer === null || offer.email !== actor.user.email) return NO_OFFER;
  if (!mayRegister(context, actor)) return { outcome: 'not-allowed' };
  const outcome = await context.storage.transaction((stores) =>
    accept(context, stores, { offer, asked, actor }),
  );
  if (outcome.outcome === 'transferred') {
    context.onMail();
  }
  return outcome;
}

async function accept(
  context: AppContext,
  stores: AppStores,
  { offer, asked, actor }: { offer: AppOffer; asked: Accepting; actor: AppPerson },
): Promise<AcceptOutcome> {
  const ready = await lockOpen(context, stores, { offer, userId: actor.user.id });
  if (ready === null) return NO_OFFER;
  const { app, from, to } = ready;
  if (app.mayIntrospect) return { outcome: 'resource-server' };
  if (seenOf(app) !== asked.seen) return { outcome: 'changed' };
  const most = context.policy.mostPerUser;
  if ((await stores.apps.countLive(to.id)) >= most) return { outcome: 'too-many', most };
  if (!(await stores.offers.close(offer.id, context.clock()))) return NO_OFFER;
  const { overlapSeconds } = asked;
  const given = { app, from, to, overlapSeconds, actor, isAccepted: true };
  return (await handOver(context, stores, given)) ?? NO_OFFER;
}

interface Answering {
  readonly offer: AppOffer;
  readonly userId: string;
}

/** Both people as they are now, in the order in which every transfer locks them; `null` when the offer is open no more. */
async function lockOpen(
  { clock }: AppContext,
  stores: AppStores,
  { offer, userId }: Answering,
): Promise<{ app: App; from: User; to: User } | null> {
  for (const id of [offer.fromId, userId].toSorted()) await stores.users.lock(id);
  const open = await stores.offers.openOf(offer.appId, clock());
  const [app, from, to] = await Promise.all([
    stores.apps.byId(offer.appId),
    stores.users.byId(offer.fromId),
    stores.users.byId(userId),
  ]);
  if (open?.id !== offer.id || app === null || from === null || to === null) return null;
  const mayAnswer =
    to.email === offer.email && to.emailVerifiedAt !== null && to.suspendedAt === null;
  return mayAnswer ? { app, from, to } : null;
}

/** `false` when there is no such offer any more. */
export async function declineOffer(
  context: AppContext,
  asked: { readonly id: string },
  actor: AppPerson,
): Promise<boolean> {
  const offer = actor.ceiling === null ? await context.storage.offers.byId(asked.id) : null;
  if (offer === null || offer.email !== actor.user.email) return false;
  const isDeclined = await context.storage.transaction(async (stores) => {
    const ready = await lockOpen(context, stores, { offer, userId: actor.user.id });
    if (ready === null) return false;
    const at = context.clock();
    if (!(await stores.offers.close(offer.id, at))) return false;
    await tellDeclined(stores, { ...ready, offer, actor, at });
    return true;
  });
  if (isDeclined) context.onMail();
  return isDeclined;
}

interface Declined {
  readonly app: App;
  readonly from: User;
  readonly to: User;
  readonly offer: AppOffer;
  readonly actor: AppPerson;
  readonly at: number;
}

/** In both logs. That of the person who declined is not about the app: they never had anything to do with it. */
async function tellDeclined(
  stores: AppStores,
  { app, from, to, offer, actor, at }: Declined,
): Promise<void> {
  const details = { offer: offer.id, by: 'offer' };
  const type = 'oauth_app_offer_declined';
  const ofOwner = appEvent(app, type, { actor: fromElsewhere(actor), at, details });
  // Whose address it is, its owner is not told by who declined.
  await stores.events.append({ ...ofOwner, actorId: null, client: 'web' });
  const own = appEvent(app, type, { actor, at, details });
  const about = { userId: to.id, accountId: to.accountId, resourceId: null, resourceType: null };
  await stores.events.append({ ...own, ...about });
  if (from.emailVerifiedAt === null) return;
  const { id: appId, name: appName } = app;
  const { email, name } = from;
  await stores.outbox.enqueue({ kind: 'app-offer-declined', to: email, name, appId, appName, at });
}
