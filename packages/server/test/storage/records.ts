/** Records for the conformance suites: whole, plausible, and never the same twice. */
import { NOT_BEING_DELETED } from '../../src/identity/types.ts';
import type { Account, Proof, Session, Team, User } from '../../src/identity/types.ts';
import type { Event } from '../../src/audit/event.ts';
import type { DeveloperToken } from '../../src/developer-tokens/types.ts';
import { newId, newOrderedId } from '../../src/kit/ids.ts';
import { randomBytes } from '../../src/kit/random.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { NOW } from './places.ts';
import { ONLY_FIRST } from '../support/first-resource.ts';

export function newUser(changes: Partial<User> = {}): User {
  const id = newId();
  return {
    id,
    email: `${id}@example.com`,
    name: 'Ada Example',
    bio: null,
    location: null,
    passwordHash: '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$dGFn',
    passwordChangedAt: NOW,
    emailVerifiedAt: NOW,
    suspendedAt: null,
    ...NOT_BEING_DELETED,
    isOperator: false,
    accountId: newId(),
    firstSignInAt: null,
    lastSeenAt: null,
    createdAt: NOW,
    updatedAt: NOW,
    ...changes,
  };
}

export interface Person {
  readonly user: User;
  readonly account: Account;
  readonly team: Team;
}

/** A user with the account, team and membership that signing up makes. */
export async function addPerson(
  storage: Pick<Storage, 'users' | 'accounts'>,
  changes: Partial<User> = {},
): Promise<Person> {
  const user = newUser(changes);
  const dates = { createdAt: user.createdAt, updatedAt: user.createdAt };
  const account = {
    id: user.accountId,
    displayName: `${user.name}'s account`,
    ownerId: user.id,
    ...dates,
  };
  const team = { id: newId(), accountId: account.id, name: 'Team', ...dates };
  await storage.users.insert(user);
  await storage.accounts.insert(account, team, {
    accountId: account.id,
    userId: user.id,
    role: 'owner',
    createdAt: user.createdAt,
  });
  return { user, account, team };
}

export const newToken = (user: User, changes: Partial<DeveloperToken> = {}): DeveloperToken => ({
  id: newId().replaceAll('-', '').slice(0, 12),
  userId: user.id,
  accountId: user.accountId,
  description: 'nightly export',
  scopes: ['asset.create', 'asset.read'],
  resources: ONLY_FIRST,
  secretHash: Uint8Array.from(randomBytes(32)),
  creationKey: newId(),
  createdAt: NOW,
  updatedAt: NOW,
  expiresAt: null,
  disabledAt: null,
  revokedAt: null,
  exposedAt: null,
  replacedById: null,
  replacesId: null,
  madeById: null,
  lastUsedAt: null,
  lastUsedAddress: null,
  lastUsedAgent: null,
  expiryNoticeDays: null,
  ...changes,
});

export async function addToken(
  storage: Storage,
  user: User,
  changes: Partial<DeveloperToken> = {},
): Promise<DeveloperToken> {
  const token = newToken(user, changes);
  await storage.tokens.insert(token);
  return token;
}

export const newSession = (user: User, changes: Partial<Session> = {}): Session => ({
  id: newId(),
  userId: user.id,
  secretHash: Uint8Array.from(randomBytes(32)),
  address: '2001:db8::1',
  agent: 'Browser/1.0',
  createdAt: NOW,
  lastSeenAt: NOW,
  expiresAt: NOW + 1000,
  amr: { pwd: NOW },
  ...changes,
});

export const newProof = (user: User, changes: Partial<Proof> = {}): Proof => ({
  id: newId(),
  userId: user.id,
  purpose: 'verify-email',
  email: user.email,
  browserHash: Uint8Array.from(randomBytes(32)),
  createdAt: NOW,
  expiresAt: NOW + 1000,
  usedAt: null,
  ...changes,
});

export const newEvent = (changes: Partial<Event> = {}): Event => ({
  id: newOrderedId(),
  accountId: newId(),
  userId: newId(),
  actorId: null,
  type: 'user_login',
  details: { agent: 'Überbrowser "1" \\', count: 2, isNew: true, nothing: null },
  resourceId: newId(),
  resourceType: 'session',
  source: 'portal',
  client: 'web',
  address: null,
  createdAt: NOW,
  ...changes,
});
