/** What pages, routes and commands read of apps. What changes something is an act. */
import type { EventLog } from '../audit/event.ts';
import type { UserStore } from '../identity/ports.ts';
import { pick } from '../kit/pick.ts';
import type { AppGrants, AppOfferStore, AppSecretStore, AppStore, AppStores } from './ports.ts';

export interface AppReads {
  readonly apps: Pick<AppStore, 'byId' | 'list'>;
  readonly secrets: Pick<AppSecretStore, 'ofApp'>;
  readonly offers: Pick<AppOfferStore, 'openOf'>;
  readonly appGrants: Pick<AppGrants, 'countUsers' | 'countUsersOf'>;
  readonly users: Pick<UserStore, 'byId' | 'byIds' | 'byEmail'>;
  readonly events: Pick<EventLog, 'list'>;
}

export const readsOf = (stores: AppStores): AppReads => ({
  apps: pick(stores.apps, 'byId', 'list'),
  secrets: pick(stores.secrets, 'ofApp'),
  offers: pick(stores.offers, 'openOf'),
  appGrants: pick(stores.appGrants, 'countUsers', 'countUsersOf'),
  users: pick(stores.users, 'byId', 'byIds', 'byEmail'),
  events: pick(stores.events, 'list'),
});
