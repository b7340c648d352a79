/** Things that belong to somebody, and everybody who may ask for them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { User } from '../../src/identity/types.ts';
import type { AppPerson } from '../../src/apps/context.ts';
import type { Person, Place } from '../oauth/place.ts';
import { approve, exchange, registerApp } from '../support/oauth.ts';

/** What the token without the scope lacks. */
export const HELD = ['account.read', 'asset.read'];
const EVERYTHING = ['account.read', 'asset.read', 'asset.create', 'team.read', 'auditlog.read'];
const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const portalOf = ({ id }: User) =>
  ({ source: 'portal', client: 'web/test', address: null, actorId: id }) as const;

/** Who asks, beside the owner; each is refused. */
export const OTHERS = [
  'another person',
  'the owner, in another account',
  'the owner, with less than it holds',
  'an operator',
  'an operator, by a token of the same account',
  'an operator, by an app in the same account',
  'the owner, suspended',
] as const;
export type Asker = 'the owner' | (typeof OTHERS)[number];

export interface Cast {
  readonly owner: Person;
  readonly other: Person;
  readonly operator: Person;
  readonly suspended: Person;
  /** The developer tokens by which they ask. */
  readonly tokens: Readonly<Record<Asker, string>>;
}

async function tokenOf(
  { modules }: Place,
  user: User,
  { accountId = user.accountId, scopes = EVERYTHING } = {},
): Promise<{ readonly id: string; readonly value: string }> {
  const form = { description: 'x', scopes, lifeSeconds: null, accountId };
  const actor = { user, origin: portalOf(user), ceiling: null };
  const made = await modules.tokens.create({ ...form, creationKey: randomUUID() }, actor);
  assert.ok(made.outcome === 'created', JSON.stringify(made));
  return { id: made.token.id, value: made.value };
}

export async function castOf(place: Place): Promise<Cast> {
  const { accounts, storage } = place.modules;
  const people = await Promise.all([1, 2, 3, 4].map(() => place.person()));
  const [owner, other, operator, suspended] = people;
  assert.ok(owner !== undefined && other !== undefined);
  assert.ok(operator !== undefined && suspended !== undefined);
  await storage.users.update(operator.user.id, { isOperator: true });
  // Each may act in the account of the other, and so has it in common what tells them apart.
  const elsewhere = other.user.accountId;
  const member = { role: 'owner', origin: cli } as const;
  await accounts.changeRole({ ...member, userId: owner.user.id, accountId: elsewhere });
  // Nothing but the account keeps the token of an operator from what is another member's.
  const { accountId } = owner.user;
  await accounts.changeRole({ ...member, userId: operator.user.id, accountId });
  const valueOf = async (user: User, given = {}) => (await tokenOf(place, user, given)).value;
  const tokens = {
    'the owner': await valueOf(owner.user),
    'another person': await valueOf(other.user),
    'the owner, in another account': await valueOf(owner.user, { accountId: elsewhere }),
    'the owner, with less than it holds': await valueOf(owner.user, { scopes: ['account.read'] }),
    'an operator': await valueOf(operator.user),
    'an operator, by a token of the same account': await valueOf(operator.user, { accountId }),
    'an operator, by an app in the same account': await byApp(place, operator.user, accountId),
    'the owner, suspended': await valueOf(suspended.user),
  };
  await accounts.setSuspended({ userId: suspended.user.id, isSuspended: true, origin: cli });
  return { owner, other, operator, suspended, tokens };
}

/** The access token of an app that acts for the user in the account. */
async function byApp(place: Place, { id }: User, accountId: string): Promise<string> {
  const user = await place.modules.storage.users.byId(id);
  assert.ok(user !== null);
  const registered = await registerApp(place.modules, await place.user(), { scopes: EVERYTHING });
  const { json } = await exchange(place, { user: { ...user, accountId }, registered });
  return json.access_token;
}

/** What a path is about, and what else its parameters name. */
export interface Thing {
  readonly id: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Fields that only this thing can be answered with. */
  readonly fields?: Readonly<Record<string, string>>;
}

const actorOf = (user: User): AppPerson => ({
  user,
  origin: portalOf(user),
  isOperator: false,
  ceiling: null,
});

async function appOf(place: Place, { user }: Person): Promise<Thing> {
  const { app } = await registerApp(place.modules, user, { scopes: HELD });
  const [secret] = await place.modules.storage.secrets.ofApp(app.id);
  const secretId = secret?.id ?? '';
  return { id: app.id, parameters: { secret_id: secretId }, fields: { secret_id: secretId } };
}

async function offerOf(place: Place, { user }: Person): Promise<Thing> {
  const from = await place.user();
  const { app } = await registerApp(place.modules, from, { scopes: HELD });
  const { apps } = place.modules.authorization;
  const offered = await apps.offer({ id: app.id, email: user.email }, actorOf(from));
  assert.ok(offered.outcome === 'offered');
  const shown = await apps.offerTo(offered.offer.id, actorOf(user));
  return { id: offered.offer.id, fields: { seen: shown?.seen ?? '', overlap_hours: '1' } };
}

async function grantOf(place: Place, { user }: Person): Promise<Thing> {
  const { app } = await registerApp(place.modules, await place.user(), { scopes: HELD });
  await approve(place.modules, { user, app });
  const key = { userId: user.id, clientId: app.id, accountId: user.accountId };
  const grant = await place.modules.storage.grants.find(key);
  return { id: grant?.id ?? '' };
}

/** A new one of each kind, which belongs to this person. */
export const THINGS: Readonly<Record<Kind, (place: Place, owner: Person) => Promise<Thing>>> = {
  token: async (place, { user }) => ({ id: (await tokenOf(place, user, { scopes: HELD })).id }),
  app: appOf,
  offer: offerOf,
  grant: grantOf,
  account: async (_place, { user }) => ({ id: user.accountId }),
  team: async (place, { user }) => {
    const page = { page: 1, pageSize: 1 };
    const { items } = await place.modules.storage.accounts.teamsOfAccount(user.accountId, page);
    return { id: items[0]?.id ?? '' };
  },
  person: async (_place, { user }) => ({ id: user.id }),
  somebody: async (place) => ({ id: (await place.user()).id }),
};

export type Kind = 'token' | 'app' | 'offer' | 'grant' | 'account' | 'team' | 'person' | 'somebody';

/** What paths that begin like this are about; the first that fits. */
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^\/(v2|admin)?\/?tokens\//, 'token'],
  [/^\/apps\/offers\//, 'offer'],
  [/^\/(v2|admin)?\/?apps\//, 'app'],
  [/^\/(v2\/grants|connections)\//, 'grant'],
  [/^\/v2\/accounts\//, 'account'],
  [/^\/v2\/teams\//, 'team'],
  [/^\/v2\/users\//, 'person'],
  [/^\/admin\/people\//, 'somebody'],
];

export const kindOf = (path: string): Kind | undefined =>
  KINDS.find(([pattern]) => pattern.test(path))?.[1];
