/** Token introspection (RFC 7662): strangers learn nothing, and all kinds of token are told in the same words. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { formOf } from '../../src/apps/form.ts';
import { mintCredential } from '../../src/oauth/tokens/format.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { exchange, type Registered } from '../support/oauth.ts';
import { openPlace, type Person, type Place } from './place.ts';

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

let place: Place;
let developer: Person;
let web: Registered;
let service: Registered;
let guard: Registered;
let tokens: { readonly access: string; readonly refresh: string; readonly own: string };
let pat: string;

before(async () => {
  place = await openPlace();
  developer = await place.person();
  web = await place.register(developer.user);
  service = await place.register(developer.user, { type: 'service' });
  guard = await place.register(developer.user, { type: 'service', name: 'The API' });
  const { apps } = place.modules.authorization;
  const operator = { user: developer.user, origin, isOperator: true, ceiling: null };
  const asked = { id: guard.app.id, mayIntrospect: true };
  assert.equal(await apps.setIntrospection(asked, operator), true);
  const whose = { user: developer.user, registered: web };
  const { json } = await exchange({ base: place.base, modules: place.modules }, whose);
  const own = await place.token({ grant_type: 'client_credentials' }, service);
  tokens = {
    access: json.access_token,
    refresh: json.refresh_token,
    own: own.json.access_token,
  };
  const made = await place.modules.tokens.create(
    {
      description: 'nightly export',
      scopes: ['asset.read'],
      lifeSeconds: null,
      accountId: developer.user.accountId,
      creationKey: crypto.randomUUID(),
    },
    { user: developer.user, origin: { ...origin, actorId: developer.user.id }, ceiling: null },
  );
  assert.equal(made.outcome, 'created');
  pat = made.value;
});
after(() => place.stop());

const ask = async (token: string, by: Registered | null, more: Record<string, string> = {}) =>
  place.ask('introspect', { token, ...more }, by);

const INACTIVE = { active: false };

test('the resource server learns of every access token what it needs, in one shape', async () => {
  const { user } = developer;
  const common = {
    active: true,
    token_type: 'bearer',
    aud: place.modules.config.server.baseUrl,
    iss: place.modules.config.server.baseUrl,
    account_id: user.accountId,
    iat: place.time.now,
  };
  const of = async (token: string) => {
    const { status, json, headers } = await ask(token, guard);
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(headers.get('cache-control'), 'no-store');
    const { jti, ...rest } = json;
    assert.match(jti, /^[0-9A-Za-z]{12}$/);
    return rest;
  };
  const exp = place.time.now + 3600;
  assert.deepEqual(await of(tokens.access), {
    ...common,
    scope: 'account.read asset.create asset.read offline',
    client_id: web.app.id,
    exp,
    sub: user.id,
    role: 'owner',
  });
  // A service is its own subject and no person: it has no role.
  assert.deepEqual(await of(tokens.own), {
    ...common,
    scope: 'account.read asset.read',
    client_id: service.app.id,
    exp,
    sub: service.app.id,
  });
  assert.deepEqual(await of(pat), { ...common, scope: 'asset.read', sub: user.id, role: 'owner' });
});

test('a client learns of its own tokens, and of nobody else’s that they exist', async () => {
  assert.equal((await ask(tokens.access, web)).json.active, true);
  assert.equal((await ask(tokens.own, service)).json.active, true);
  for (const [token, by] of [
    [tokens.own, web],
    [tokens.access, service],
    [tokens.refresh, service],
    [pat, web],
    [pat, service],
    // Access tokens are a resource server's business, refresh tokens are not.
    [tokens.refresh, guard],
  ] as const)
    assert.deepEqual((await ask(token, by)).json, INACTIVE);
});

test('a client may ask whether its refresh token works; it has no audience and is no bearer token', async () => {
  const { json } = await ask(tokens.refresh, web);
  const { iat, exp, ...rest } = json;
  assert.equal(exp - iat, 30 * 86_400);
  assert.deepEqual(rest, {
    active: true,
    scope: 'account.read asset.create asset.read offline',
    client_id: web.app.id,
    sub: developer.user.id,
    iss: place.modules.config.server.baseUrl,
    account_id: developer.user.accountId,
  });
});

test('whatever is no live token is inactive, and nothing more is said', async () => {
  const forged = tokens.access.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
  const unknown = mintCredential('gate', 'oat', randomBytes).value;
  const code = mintCredential('gate', 'oac', randomBytes).value;
  for (const token of [forged, unknown, code, web.secret, 'x', 'null', '\u202e', 'a'.repeat(8000)])
    for (const by of [web, guard]) {
      const answer = await ask(token, by);
      assert.equal(answer.status, 200, token);
      assert.deepEqual(answer.json, INACTIVE, token);
    }
});

test('a hint helps nobody to more, and a wrong one hides nothing', async () => {
  for (const token_type_hint of ['refresh_token', 'access_token', 'pat', '\u202e'])
    assert.equal((await ask(tokens.access, guard, { token_type_hint })).json.active, true);
});

test('nobody asks without proof: strangers, public clients, tokens in the header', async () => {
  const native = await place.register(developer.user, { type: 'public' });
  const nameless = await ask(tokens.access, null);
  assert.deepEqual([nameless.status, nameless.json.error], [401, 'invalid_client']);
  const named = await ask(tokens.access, native);
  assert.deepEqual([named.status, named.json.error], [400, 'unauthorized_client']);
  const blank = { app: guard.app, secret: mintCredential('gate', 'cs', randomBytes).value };
  assert.equal((await ask(tokens.access, blank)).status, 401);
  for (const token of [tokens.access, pat]) {
    const answer = await fetch(`${place.base}/oauth2/introspect`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams({ token: pat }),
    });
    assert.equal(answer.status, 401);
  }
  const missing = await place.ask('introspect', {}, guard);
  assert.deepEqual([missing.status, missing.json.error], [400, 'invalid_request']);
  const inQuery = await fetch(`${place.base}/oauth2/introspect?token=${pat}`);
  assert.equal(inQuery.status, 405);
});

test('only operators make a resource server, and it ends when they take it back', async () => {
  const { apps } = place.modules.authorization;
  const owner = { user: developer.user, origin, isOperator: false, ceiling: null };
  const asked = { id: service.app.id, mayIntrospect: true };
  assert.equal(await apps.setIntrospection(asked, owner), false);
  const form = formOf(service.app);
  await apps.change({ id: service.app.id, form }, owner);
  assert.deepEqual((await ask(pat, service)).json, INACTIVE);
  const operator = { ...owner, isOperator: true };
  await apps.setIntrospection(asked, operator);
  assert.equal((await ask(pat, service)).json.active, true);
  await apps.setIntrospection({ ...asked, mayIntrospect: false }, operator);
  assert.deepEqual((await ask(pat, service)).json, INACTIVE);
});

test('what is told narrows and ends with role, app and grant, at once', async () => {
  const { user } = await place.person();
  const app = await place.register(developer.user);
  const { json } = await exchange(
    { base: place.base, modules: place.modules },
    { user, registered: app },
  );
  const scope = async () => (await ask(json.access_token, guard)).json.scope;
  const role = async (to: 'viewer' | 'owner' | null, earlier?: 'keep'): Promise<void> => {
    const change = { userId: user.id, accountId: user.accountId, role: to, origin };
    const { outcome } = await place.modules.accounts.changeRole({
      ...change,
      ...(earlier !== undefined && { earlier }),
    });
    assert.equal(outcome, 'changed');
  };
  assert.equal(await scope(), 'account.read asset.create asset.read offline');
  await role('viewer');
  assert.equal((await scope()).includes('asset.create'), false);
  await role(null);
  assert.deepEqual((await ask(json.access_token, guard)).json, INACTIVE);
  assert.deepEqual((await ask(json.refresh_token, app)).json, INACTIVE);
  await role('owner', 'keep');
  assert.equal(await scope(), 'account.read asset.create asset.read offline');
  const actor = { user: developer.user, origin, isOperator: false, ceiling: null };
  await place.modules.authorization.apps.switch({ id: app.app.id, act: 'disable' }, actor);
  assert.deepEqual((await ask(json.access_token, guard)).json, INACTIVE);
});

test('a refresh token that was replaced is inactive, also while it could still be repeated', async () => {
  const first = (
    await exchange(
      { base: place.base, modules: place.modules },
      { user: developer.user, registered: web },
    )
  ).json;
  const next = await place.token(
    { grant_type: 'refresh_token', refresh_token: first.refresh_token },
    web,
  );
  assert.equal(next.status, 200);
  assert.deepEqual((await ask(first.refresh_token, web)).json, INACTIVE);
  assert.equal((await ask(next.json.refresh_token, web)).json.active, true);
});
