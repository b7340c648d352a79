/** The act behind every type of event about tokens, apps and what people allowed them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { User } from '../../src/identity/types.ts';
import type { AppPerson } from '../../src/apps/context.ts';
import type { EventType } from '../../src/audit/event.ts';
import { requestOf, type Person } from '../oauth/place.ts';
import { approve, basicOf, CALLBACK, type Registered } from '../support/oauth.ts';
import type { Fields } from '../support/visitor.ts';
import type { Arrange } from './acts-of-people.ts';
import type { Done, Stage } from './stage.ts';

type OfPrograms = Extract<EventType, `user_token_${string}` | `oauth_${string}`>;

const DAY = 86_400;
const SCOPES = ['account.read', 'asset.read', 'asset.create'];
const portalOf = (user: User) =>
  ({ source: 'portal', client: 'web/test', address: null, actorId: user.id }) as const;

async function tokenOf({ place }: Stage, user: User): Promise<{ id: string; value: string }> {
  const made = await place.modules.tokens.create(
    {
      description: 'nightly export',
      scopes: SCOPES,
      lifeSeconds: null,
      accountId: user.accountId,
      creationKey: randomUUID(),
    },
    { user, origin: portalOf(user), ceiling: null },
  );
  assert.ok(made.outcome === 'created');
  return { id: made.token.id, value: made.value };
}

/** A call about another token of the same person; `before` with its path. */
const aboutToken =
  (method: string, what: string, body?: object, before?: string): Arrange =>
  async (stage) => {
    const user = await stage.place.user();
    const [calling, { id }] = [await tokenOf(stage, user), await tokenOf(stage, user)];
    if (before !== undefined) await stage.api(calling.value, 'POST', `/v2/tokens/${id}/${before}`);
    return () => stage.api(calling.value, method, `/v2/tokens/${id}${what}`, body);
  };

const APP = { app_type: 'web', name: 'Cutting Room', redirect_uris: [CALLBACK], scopes: SCOPES };

interface Owned {
  readonly owner: Person;
  readonly registered: Registered;
  readonly token: string;
}

async function owned(stage: Stage, form: Parameters<Stage['place']['register']>[1] = {}) {
  const owner = await stage.place.person();
  const registered = await stage.place.register(owner.user, form);
  return { owner, registered, token: (await tokenOf(stage, owner.user)).value };
}

/** A call about an app of the same person. */
const aboutApp =
  (method: string, what: string, body?: object, before?: string): Arrange =>
  async (stage) => {
    const { registered, token } = await owned(stage);
    const path = `/v2/apps/${registered.app.id}`;
    if (before !== undefined) await stage.api(token, 'POST', `${path}/${before}`);
    return () => stage.api(token, method, path + what, body);
  };

const actorOf = (user: User): AppPerson => ({
  user,
  origin: portalOf(user),
  isOperator: false,
  ceiling: null,
});

const transferring: Arrange = async (stage) => {
  const { registered } = await owned(stage);
  const { email } = await stage.place.user();
  const path = `/admin/apps/${registered.app.id}/transfer`;
  return () => stage.form(stage.operator, path, { email, overlap_hours: '24' });
};

async function offering(stage: Stage) {
  const { owner, registered } = await owned(stage);
  const other = await stage.place.person();
  const path = `/apps/${registered.app.id}/offer`;
  return { owner, other, path, registered, email: other.user.email };
}

const offer: Arrange = async (stage) => {
  const { owner, path, email } = await offering(stage);
  return () => stage.form(owner, path, { email });
};

/** The question of an app is open; answers it with these fields. */
async function asking(
  given: Owned & { person: Person },
  ask: Readonly<Record<string, string>> = {},
) {
  const { visitor } = given.person;
  await visitor.get(requestOf(given.registered, ask));
  const hidden = visitor.hidden('/oauth2/auth') ?? {};
  return (fields: Fields) => async (): Promise<Done> => {
    const { status, text } = await visitor.post('/oauth2/auth', { ...hidden, ...fields });
    return { isDone: status === 303, said: `${status} ${text}` };
  };
}

/** Somebody and an app; `scopes` were allowed before. */
async function connected(stage: Stage, scopes: readonly string[] | null) {
  const app = await owned(stage, { optionalScopes: ['asset.create'] });
  const person = await stage.place.person();
  const whose = { user: person.user, app: app.registered.app };
  if (scopes !== null) await approve(stage.place.modules, whose, { scopes });
  return { ...app, person };
}

type Secret = Readonly<Record<string, string>>;

/** A request to the token endpoint, which a reused secret ends with 400. */
async function exchangeFor(
  { place }: Stage,
  { app, secret }: Registered,
  { agent = 'first/1.0', ...fields }: Secret,
) {
  const answer = await fetch(`${place.base}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: basicOf({ id: app.id, secret }), 'user-agent': agent },
    body: new URLSearchParams(fields),
  });
  const json = (await answer.json()) as Record<string, string>;
  return { isDone: answer.status < 500, said: JSON.stringify(json), json };
}

/** Somebody allowed an app, which has its first tokens. */
async function refreshing(stage: Stage) {
  const { registered, person } = await connected(stage, null);
  const whose = { user: person.user, app: registered.app };
  const code = await approve(stage.place.modules, whose);
  const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
  const { json } = await exchangeFor(stage, registered, form);
  const refresh = (token = '', agent = 'first/1.0') =>
    exchangeFor(stage, registered, { grant_type: 'refresh_token', refresh_token: token, agent });
  const again = () => exchangeFor(stage, registered, form);
  return { first: json['refresh_token'], refresh, again };
}

export const ACTS_OF_PROGRAMS: Readonly<Record<OfPrograms, Arrange>> = {
  user_token_created: async (stage) => {
    const { value } = await tokenOf(stage, await stage.place.user());
    const body = { description: 'child', scopes: ['asset.read'], expires_in: null };
    return () => stage.api(value, 'POST', '/v2/tokens', body);
  },
  user_token_updated: aboutToken('PATCH', '', { description: 'another', scopes: ['asset.read'] }),
  user_token_disabled: aboutToken('POST', '/disable'),
  user_token_enabled: aboutToken('POST', '/enable', undefined, 'disable'),
  user_token_rotated: aboutToken('POST', '/rotate', { overlap_seconds: 3600 }),
  user_token_deleted: aboutToken('DELETE', ''),
  user_token_exposed: async (stage) => {
    const { id } = await tokenOf(stage, await stage.place.user());
    return () => stage.form(stage.operator, `/admin/tokens/${id}/expose`);
  },
  oauth_app_created: async (stage) => {
    const { value } = await tokenOf(stage, await stage.place.user());
    return () => stage.api(value, 'POST', '/v2/apps', APP);
  },
  oauth_app_updated: aboutApp('PATCH', '', { name: 'Another Room' }),
  oauth_app_disabled: aboutApp('POST', '/disable'),
  oauth_app_enabled: aboutApp('POST', '/enable', undefined, 'disable'),
  oauth_app_deleted: aboutApp('DELETE', ''),
  oauth_app_transferred: transferring,
  oauth_app_received: transferring,
  oauth_app_offered: offer,
  oauth_app_offer_received: offer,
  oauth_app_offer_withdrawn: async (stage) => {
    const { owner, path, email } = await offering(stage);
    await stage.form(owner, path, { email });
    return () => stage.form(owner, `${path}/withdraw`);
  },
  oauth_app_offer_declined: async (stage) => {
    const { owner, other, path, email, registered } = await offering(stage);
    await stage.form(owner, path, { email });
    const { storage, clock } = stage.place.modules;
    const open = await storage.offers.openOf(registered.app.id, clock());
    return () => stage.form(other, `/apps/offers/${open?.id}/decline`);
  },
  oauth_secret_created: aboutApp('POST', '/secrets'),
  oauth_secret_revoked: async (stage) => {
    const { registered, token } = await owned(stage);
    const [secret] = await stage.place.modules.storage.secrets.ofApp(registered.app.id);
    const path = `/v2/apps/${registered.app.id}/secrets/${secret?.id}`;
    return () => stage.api(token, 'DELETE', path);
  },
  oauth_secret_end_changed: async (stage) => {
    const { registered } = await owned(stage);
    const next = await stage.place.person();
    const { id } = registered.app;
    const asked = { id, toId: next.user.id, overlapSeconds: DAY };
    const operator = { ...actorOf(stage.operator.user), isOperator: true };
    await stage.place.modules.authorization.apps.transfer(asked, operator);
    return () => stage.form(next, `/apps/${id}/secrets/end`, { overlap_hours: '1' });
  },
  oauth_grant_created: async (stage) =>
    (await asking(await connected(stage, null)))({
      decision: 'allow',
      scope: 'asset.create',
    }),
  oauth_grant_updated: async (stage) =>
    (await asking(await connected(stage, ['account.read'])))({
      decision: 'allow',
      scope: 'asset.create',
    }),
  oauth_grant_narrowed: async (stage) =>
    (await asking(await connected(stage, SCOPES), { prompt: 'consent' }))({
      decision: 'allow',
    }),
  oauth_grant_revoked: async (stage) => {
    const { person, registered } = await connected(stage, SCOPES);
    const { id: userId, accountId } = person.user;
    const key = { userId, accountId, clientId: registered.app.id };
    const grant = await stage.place.modules.storage.grants.find(key);
    return () => stage.form(person, `/connections/${grant?.id}/disconnect`);
  },
  oauth_code_replayed: async (stage) => (await refreshing(stage)).again,
  oauth_refresh_reused: async (stage) => {
    const { first, refresh } = await refreshing(stage);
    const second = (await refresh(first)).json['refresh_token'];
    await refresh(second);
    return () => refresh(first);
  },
  oauth_refresh_repeated: async (stage) => {
    const { first, refresh } = await refreshing(stage);
    await refresh(first);
    return () => refresh(first, 'elsewhere/2.0');
  },
};
