/**
 * Offering an app to whoever reads an address: nothing changes until they accept, because an app whose redirect URIs one did
 * not ask for is an attack. For its owner alone, and the same answer and messages whether or not the address has an account.
 */
import { parseEmail } from '../identity/accounts/email-address.ts';
import { nobodyAt } from '../identity/authentication/nobody.ts';
import { days } from '../kit/clock.ts';
import { newId } from '../kit/ids.ts';
import type { User } from '../identity/types.ts';
import { refuseBeyondDay, type MadeEnough } from '../limits/day-limit.ts';
import {
  appEvent,
  findManaged,
  lockManaged,
  NO_SUCH_APP,
  type AppPerson,
  type AppContext,
  type NoSuchApp,
} from './context.ts';
import type { AppStores } from './ports.ts';
import { fromElsewhere } from './transfer.ts';
import type { App, AppOffer } from './types.ts';

/** Expiry of an offer. */
const OFFER_DAYS = 7;
/** Offers of one person in 24 hours. */
const MOST_A_DAY = 10;
/** Messages about offers to one address in 24 hours, whoever makes them. Beyond, the offer stands and nothing is sent. */
const MOST_MAILS_A_DAY = 3;

export type OfferOutcome =
  | { readonly outcome: 'offered'; readonly offer: AppOffer }
  | { readonly outcome: 'no-address' }
  | { readonly outcome: 'same-owner' }
  /** One offer of an app at a time. */
  | { readonly outcome: 'offered-already' }
  /** The owner has not proved an address. */
  | { readonly outcome: 'email-unverified' }
  /** What operators alone decide: a resource server learns of every token. */
  | { readonly outcome: 'resource-server' }
  | MadeEnough
  | NoSuchApp;

export async function offerApp(
  context: AppContext,
  asked: { readonly id: string; readonly email: string },
  actor: AppPerson,
): Promise<OfferOutcome> {
  const email = parseEmail(asked.email);
  if (email === null) return { outcome: 'no-address' };
  if (email === actor.user.email) return { outcome: 'same-owner' };
  const found = await findOwn(context, asked.id, actor);
  if (found === null) return NO_SUCH_APP;
  const outcome = await context.storage.transaction((stores) =>
    offer(context, stores, { found, email, actor }),
  );
  if (outcome.outcome === 'offered') context.onMail();
  return outcome;
}

/** Operators give apps of others away by a transfer, and tokens never do. */
async function findOwn(context: AppContext, id: string, actor: AppPerson): Promise<App | null> {
  if (actor.ceiling !== null) return null;
  const app = await findManaged(context, actor, id);
  return app?.ownerId === actor.user.id ? app : null;
}

interface Offering {
  readonly found: App;
  readonly email: string;
  readonly actor: AppPerson;
}

async function offer(
  context: AppContext,
  stores: AppStores,
  { found, email, actor }: Offering,
): Promise<OfferOutcome> {
  const app = await lockManaged(context, stores, { found, actor });
  const owner = await stores.users.byId(actor.user.id);
  if (app === null || owner === null || owner.suspendedAt !== null) return NO_SUCH_APP;
  if (owner.emailVerifiedAt === null) return { outcome: 'email-unverified' };
  if (app.mayIntrospect) return { outcome: 'resource-server' };
  const at = context.clock();
  if ((await stores.offers.openOf(app.id, at)) !== null) return { outcome: 'offered-already' };
  const enough = await refuseBeyondDay({
    most: MOST_A_DAY,
    now: at,
    madeAt: (asked) => stores.offers.madeAt(owner.id, asked),
  });
  if (enough !== null) return enough;
  const times = { createdAt: at, expiresAt: at + days(OFFER_DAYS), closedAt: null };
  const made: AppOffer = { id: newId(), appId: app.id, fromId: owner.id, email, ...times };
  await tell(context, stores, { offer: made, app, owner, actor });
  await stores.offers.insert(made);
  return { outcome: 'offered', offer: made };
}

interface Telling {
  readonly offer: AppOffer;
  readonly app: App;
  readonly owner: User;
  readonly actor: AppPerson;
}

/** Before the offer itself is written, so that it is not counted among those of before. */
async function tell(
  context: AppContext,
  stores: AppStores,
  { offer, app, owner, actor }: Telling,
): Promise<void> {
  const { email, createdAt: at, expiresAt } = offer;
  const details = { offer: offer.id, expires_at: expiresAt };
  await stores.events.append(appEvent(app, 'oauth_app_offered', { actor, at, details }));
  const known = await stores.users.byEmail(email);
  const to = known === null || known.emailVerifiedAt === null ? nobodyAt(email) : known;
  const theirs = { actor: fromElsewhere(actor), at, details };
  const event = appEvent(app, 'oauth_app_offer_received', theirs);
  // Not about the app, whose owner would learn from it that the address has an account.
  const about = { userId: to.id, accountId: to.accountId, resourceId: null, resourceType: null };
  await stores.events.appendOfUser({ ...event, ...about });
  // No message to whoever can never answer it.
  const canAnswer = known !== null || context.maySignUp(email);
  if (canAnswer && (await stores.offers.countTo(email, at - days(1))) < MOST_MAILS_A_DAY)
    await stores.outbox.enqueue({ kind: 'app-offered', to: email, expiresAt });
  await stores.outbox.enqueue({
    kind: 'app-offer-made',
    to: owner.email,
    name: owner.name,
    appId: app.id,
    appName: app.name,
    other: email,
    expiresAt,
    at,
    address: actor.origin.address,
  });
}

/** `false` when there is none that is open any more. */
export async function withdrawOffer(
  context: AppContext,
  asked: { readonly id: string },
  actor: AppPerson,
): Promise<boolean> {
  if (actor.ceiling !== null) return false;
  const found = await findManaged(context, actor, asked.id);
  if (found === null) return false;
  return context.storage.transaction(async (stores) => {
    const app = await lockManaged(context, stores, { found, actor });
    const at = context.clock();
    const open = app === null ? null : await stores.offers.openOf(app.id, at);
    if (app === null || open === null || !(await stores.offers.close(open.id, at))) return false;
    const details = { offer: open.id };
    await stores.events.append(appEvent(app, 'oauth_app_offer_withdrawn', { actor, at, details }));
    return true;
  });
}
