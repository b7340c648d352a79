/** What every act on apps is given, and who may do it. */
import type { User } from '../identity/types.ts';
import type { Event, EventType, Origin } from '../audit/event.ts';
import type { Clock } from '../kit/clock.ts';
import { newOrderedId } from '../kit/ids.ts';
import type { PageOf, PageRequest } from '../kit/page.ts';
import type { RandomBytes } from '../kit/random.ts';
import type { Catalogues } from '../catalogue/catalogues.ts';
import { OFFLINE_SCOPES } from '../oauth/vocabulary.ts';
import type { AppStorage, AppStores } from './ports.ts';
import type { App } from './types.ts';

export interface AppPolicy {
  /** Who may register apps. */
  readonly registration: 'everyone' | 'operators';
  readonly mostPerUser: number;
}

/** How long tokens live of apps that say nothing else. */
export interface AppLifetimes {
  readonly accessSeconds: number;
  readonly refreshSeconds: number;
}

export interface AppContext {
  readonly storage: AppStorage;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly brand: string;
  /** What the site is called. */
  readonly brandName: string;
  readonly catalogues: Catalogues;
  readonly policy: AppPolicy;
  /** Whether somebody new may sign up with an address. */
  readonly maySignUp: (email: string) => boolean;
  readonly lifetimes: AppLifetimes;
  /** Called after a message was committed to the outbox. */
  readonly onMail: () => void;
}

export interface AppActor {
  /** `null`: the command line, on an app that nobody owns. */
  readonly user: User | null;
  readonly origin: Origin;
  /** Acts with the rights of an operator: people in pages who are one, and the command line. */
  readonly isOperator: boolean;
  /** Set when a token acts: nothing that it makes or manages may exceed it. */
  readonly ceiling: AppCeiling | null;
}

/** Somebody in particular: apps become theirs. */
export interface AppPerson extends AppActor {
  readonly user: User;
}

export interface AppCeiling {
  readonly tokenId: string;
  readonly accountId: string;
  readonly scopes: readonly string[];
}

export type FieldErrors = Readonly<Record<string, string>>;
export type InvalidApp = { readonly outcome: 'invalid'; readonly errors: FieldErrors };
export type NoSuchApp = { readonly outcome: 'not-found' };
export const NO_SUCH_APP: NoSuchApp = { outcome: 'not-found' };

/**
 * Owners reach their own apps, operators every one, also those of nobody; for anybody else there is none. A token reaches those of its user in
 * its account whose scopes it covers: a redirect URI or a secret of a wider app would let it out of its own scopes.
 */
export async function findManaged(
  context: AppContext,
  actor: AppActor,
  id: string,
): Promise<App | null> {
  const app = await context.storage.apps.byId(id);
  if (app === null || app.deletedAt !== null) return null;
  const isOwn = app.ownerId !== null && app.ownerId === actor.user?.id;
  if (!isOwn && !actor.isOperator) return null;
  return isWithin(context, app, actor.ceiling) ? app : null;
}

/**
 * The app as it is now, under the lock of its owner (of the app itself, where nobody owns it), which orders all that is done to it. Since it was found it may have been
 * deleted, or have become more than the acting token may touch; `null` then.
 */
export async function lockManaged(
  context: AppContext,
  stores: AppStores,
  { found, actor }: { found: App; actor: AppActor },
): Promise<App | null> {
  await (found.ownerId === null ? stores.apps.lock(found.id) : stores.users.lock(found.ownerId));
  const app = await stores.apps.byId(found.id);
  // Another owner's lock is another one: the app was transferred meanwhile.
  if (app === null || app.deletedAt !== null || app.ownerId !== found.ownerId) return null;
  return isWithin(context, app, actor.ceiling) ? app : null;
}

export function isWithin(context: AppContext, app: App, ceiling: AppCeiling | null): boolean {
  if (ceiling === null) return true;
  // A resource server learns of every token, which no token may.
  if (app.accountId !== ceiling.accountId || app.mayIntrospect) return false;
  return scopesBeyond(context, app.scopes, ceiling).length === 0;
}

/** Apps that the actor may look at as their owner, newest first. */
export function listOwn(
  context: AppContext,
  { user, ceiling }: AppPerson,
  page: PageRequest,
): Promise<PageOf<App>> {
  const { apps } = context.storage;
  if (ceiling === null) return apps.list({ ownerId: user.id }, page);
  const { accountId } = ceiling;
  const covers = (scopes: readonly string[]) => scopesBeyond(context, scopes, ceiling).length === 0;
  // As `isWithin` says of one.
  return apps.list({ ownerId: user.id, within: { accountId, covers } }, page);
}

/** What a token can never hold, such as `offline`, is beyond none. */
export const scopesBeyond = (
  { catalogues }: Pick<AppContext, 'catalogues'>,
  scopes: readonly string[],
  ceiling: Pick<AppCeiling, 'scopes'>,
): readonly string[] => {
  const catalogue = catalogues.current();
  return scopes.filter(
    (name) =>
      catalogue.get(name)?.holders !== 'apps' &&
      !OFFLINE_SCOPES.includes(name) &&
      !ceiling.scopes.includes(name),
  );
};

export const appEvent = (
  app: App,
  type: EventType,
  happening: { actor: AppActor; at: number; details?: Event['details'] },
): Event => ({
  id: newOrderedId(),
  accountId: app.accountId,
  userId: app.ownerId,
  actorId: happening.actor.origin.actorId,
  type,
  details: { name: app.name, ...happening.details },
  resourceId: app.id,
  resourceType: 'oauth_app',
  source: happening.actor.origin.source,
  client: happening.actor.origin.client,
  address: happening.actor.origin.address,
  createdAt: happening.at,
});
