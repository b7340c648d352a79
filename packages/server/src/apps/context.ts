/** What every act on apps is given, and who may do it. */
import type { Role, User } from '../accounts/types.ts';
import type { Event, EventType, Origin } from '../audit/event.ts';
import type { Clock } from '../kit/clock.ts';
import { newOrderedId } from '../kit/ids.ts';
import type { RandomBytes } from '../kit/random.ts';
import type { ScopeCatalogue } from '../oauth/scope.ts';
import type { AppStorage } from './ports.ts';
import type { App } from './types.ts';

export interface AppPolicy {
  /** Who may register apps. */
  readonly registration: 'everyone' | 'operators';
  readonly mostPerUser: number;
}

export interface AppContext {
  readonly storage: AppStorage;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly brand: string;
  readonly catalogue: ScopeCatalogue;
  readonly roleScopes: Readonly<Record<Role, ReadonlySet<string>>>;
  readonly policy: AppPolicy;
  /** Called after an app or what it may do changed. */
  readonly onAppChanged: (id: string) => void;
}

export interface AppActor {
  readonly user: User;
  readonly origin: Origin;
  /** Acts with the rights of an operator: people in pages who are one, and the command line. */
  readonly isOperator: boolean;
}

export type FieldErrors = Readonly<Record<string, string>>;
export type InvalidApp = { readonly outcome: 'invalid'; readonly errors: FieldErrors };
export type NoSuchApp = { readonly outcome: 'not-found' };
export const NO_SUCH_APP: NoSuchApp = { outcome: 'not-found' };

/** Owners reach their own apps, operators every one; for anybody else there is none. */
export async function findManaged(
  { storage }: AppContext,
  actor: AppActor,
  id: string,
): Promise<App | null> {
  const app = await storage.apps.byId(id);
  if (app === null || app.deletedAt !== null) return null;
  return app.ownerId === actor.user.id || actor.isOperator ? app : null;
}

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
