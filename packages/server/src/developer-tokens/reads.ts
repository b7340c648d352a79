/** What pages, routes and commands read of developer tokens. What changes something is an act. */
import type { EventLog } from '../audit/event.ts';
import type { AccountStore, UserStore } from '../identity/ports.ts';
import { pick } from '../kit/pick.ts';
import type { DeveloperTokenStore, TokenStores, UsageStore } from './ports.ts';

export interface TokenReads {
  readonly tokens: Pick<DeveloperTokenStore, 'byId' | 'list' | 'countLive' | 'lineage'>;
  readonly usage: Pick<UsageStore, 'uses' | 'addresses'>;
  readonly users: Pick<UserStore, 'byId'>;
  readonly accounts: Pick<AccountStore, 'ofMember'>;
  readonly events: Pick<EventLog, 'list'>;
}

export const readsOf = (stores: TokenStores): TokenReads => ({
  tokens: pick(stores.tokens, 'byId', 'list', 'countLive', 'lineage'),
  usage: pick(stores.usage, 'uses', 'addresses'),
  users: pick(stores.users, 'byId'),
  accounts: pick(stores.accounts, 'ofMember'),
  events: pick(stores.events, 'list'),
});
