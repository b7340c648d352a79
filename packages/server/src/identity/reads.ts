/** What pages, routes and commands read of people and their log. What changes something is an act. */
import type { EventLog } from '../audit/event.ts';
import { pick } from '../kit/pick.ts';
import type { AccountStore, AccountStores, SessionStore, UserStore } from './ports.ts';

export interface IdentityReads {
  readonly users: Pick<UserStore, 'byId' | 'byIds' | 'byEmail' | 'list'>;
  readonly accounts: Pick<
    AccountStore,
    'ofUser' | 'ofMember' | 'membership' | 'members' | 'teamsOfAccount' | 'team'
  >;
  readonly sessions: Pick<SessionStore, 'ofUser'>;
  readonly events: Pick<EventLog, 'list'>;
}

export const readsOf = ({ users, accounts, sessions, events }: AccountStores): IdentityReads => ({
  users: pick(users, 'byId', 'byIds', 'byEmail', 'list'),
  accounts: pick(accounts, 'ofUser', 'ofMember', 'membership', 'members', 'teamsOfAccount', 'team'),
  sessions: pick(sessions, 'ofUser'),
  events: pick(events, 'list'),
});
