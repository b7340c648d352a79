/** What a token of an app may do: never more than app, consent, role and owner together, at every moment. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { formOf } from '../../src/apps/form.ts';
import type { Role, User } from '../../src/identity/types.ts';
import { exchange, type Registered } from '../support/oauth.ts';
import { ENDS } from './ends.ts';
import { openPlace, type Person, type Place } from './place.ts';

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

let place: Place;
let developer: Person;
let web: Registered;
before(async () => {
  place = await openPlace();
  developer = await place.person();
  web = await place.register(developer.user);
});
after(() => place.stop());

const setRole = (user: User, role: Role | null) =>
  place.modules.accounts.changeRole({
    userId: user.id,
    accountId: user.accountId,
    role,
    origin,
    earlier: 'keep',
  });

const actorOf = (user: User) => ({ user, origin, isOperator: false, ceiling: null });

async function tokensOf(user: User, registered = web) {
  const { json } = await exchange(
    { base: place.base, modules: place.modules },
    { user, registered },
  );
  return { access: String(json.access_token), refresh: String(json.refresh_token) };
}

async function serviceOf(user: User) {
  const registered = await place.register(user, { type: 'service' });
  const { json } = await place.token({ grant_type: 'client_credentials' }, registered);
  return { registered, access: String(json.access_token) };
}

/** What `/v2/token` says that the token may do now; `null` when it is refused. */
async function scopesOf(access: string): Promise<readonly string[] | null> {
  const headers = { authorization: `Bearer ${access}` };
  const answer = await fetch(`${place.base}/v2/token`, { headers });
  if (answer.status === 401) return null;
  const { scopes } = (await answer.json()) as { scopes: readonly string[] };
  return scopes;
}

test('a service is no person: where a person is needed it is refused, whoever registered it', async () => {
  const { access } = await serviceOf(developer.user);
  const me = await place.me(access);
  assert.equal(me.status, 403);
  assert.match(me.text, /user_required/);
  assert.doesNotMatch(me.text, new RegExp(`${developer.user.email}|${developer.user.id}`));
});

test('every route about people refuses a service, and those for people’s own tokens refuse every app', async () => {
  const { user } = await place.person();
  const service = await serviceOf(user);
  const app = await tokensOf(user);
  let refusals = 0;
  for (const { method, path, access } of place.modules.routes) {
    if (access.kind !== 'bearer' || access.callers === 'anybody') continue;
    const url = place.base + path.replaceAll(/:\w+/g, user.id);
    const callers = access.callers === 'users' ? [service.access] : [service.access, app.access];
    for (const caller of callers) {
      const headers = { authorization: `Bearer ${caller}` };
      const { status } = await fetch(url, { method, headers });
      assert.equal(status, 403, `${method} ${path}`);
      refusals += 1;
    }
  }
  assert.ok(refusals >= 10, String(refusals));
});

test('a lowered role narrows tokens that exist at once, and a raised one gives back only what was granted', async () => {
  const { user } = await place.person();
  const { access } = await tokensOf(user);
  const all = ['account.read', 'asset.create', 'asset.read', 'offline'];
  assert.deepEqual((await scopesOf(access))?.toSorted(), all);
  await setRole(user, 'viewer');
  assert.equal((await scopesOf(access))?.includes('asset.create'), false);
  await setRole(user, 'owner');
  assert.deepEqual((await scopesOf(access))?.toSorted(), all);
  await setRole(user, null);
  assert.equal(await scopesOf(access), null);
});

test('scopes that an app loses are gone from tokens that exist at once, and do not come back by a refresh', async () => {
  const { user } = await place.person();
  const registered = await place.register(developer.user);
  const { access, refresh } = await tokensOf(user, registered);
  const { id } = registered.app;
  const form = formOf(registered.app);
  const change = (scopes: readonly string[]) =>
    place.modules.authorization.apps.change(
      { id, form: { ...form, scopes } },
      actorOf(developer.user),
    );
  assert.equal((await change(['account.read', 'offline'])).outcome, 'changed');
  assert.deepEqual((await scopesOf(access))?.toSorted(), ['account.read', 'offline']);
  const next = await place.token(
    { grant_type: 'refresh_token', refresh_token: refresh },
    registered,
  );
  assert.deepEqual((await scopesOf(next.json.access_token))?.toSorted(), [
    'account.read',
    'offline',
  ]);
  // More for the app is not more for what was granted before.
  await change([...registered.app.scopes, 'asset.delete', 'auditlog.read']);
  assert.equal((await scopesOf(next.json.access_token))?.includes('asset.delete'), false);
});

test('a service stands with whoever registered it: role, membership and suspension count now', async () => {
  const { user } = await place.person();
  const registered = await place.register(user, {
    type: 'service',
    scopes: ['account.read', 'asset.create'],
  });
  const { json } = await place.token({ grant_type: 'client_credentials' }, registered);
  const access = String(json.access_token);
  assert.deepEqual((await scopesOf(access))?.toSorted(), ['account.read', 'asset.create']);
  await setRole(user, 'viewer');
  assert.deepEqual(await scopesOf(access), ['account.read']);
  await setRole(user, null);
  assert.equal(await scopesOf(access), null);
  await setRole(user, 'owner');
  await place.modules.accounts.setSuspended({ userId: user.id, isSuspended: true, origin });
  assert.equal(await scopesOf(access), null);
  const again = await place.token({ grant_type: 'client_credentials' }, registered);
  assert.deepEqual([again.status, again.json.error], [401, 'invalid_client']);
});

test('nobody gives a service what their own role does not hold', async () => {
  const { user } = await place.person();
  await setRole(user, 'viewer');
  await assert.rejects(
    place.register(user, { type: 'service', scopes: ['asset.delete'] }),
    /Your role does not allow asset\.delete/,
  );
});

test('a revoked secret ends what a service got by it and is refused, at once; another goes on', async () => {
  const { user } = await place.person();
  const { registered, access } = await serviceOf(user);
  const { apps } = place.modules.authorization;
  const { id } = registered.app;
  const added = await apps.addSecret({ id, creationKey: crypto.randomUUID() }, actorOf(user));
  assert.equal(added.outcome, 'added');
  const second = { app: registered.app, secret: added.value };
  const byNew = await place.token({ grant_type: 'client_credentials' }, second);
  const [old] = (await place.modules.storage.secrets.ofApp(id)).filter(
    (secret) => secret.id !== added.secret.id,
  );
  await apps.revokeSecret({ id, secretId: old?.id ?? '' }, actorOf(user));
  assert.equal(await scopesOf(access), null);
  assert.notEqual(await scopesOf(byNew.json.access_token), null);
  const credentials = { grant_type: 'client_credentials' };
  const refused = await place.token(credentials, registered);
  assert.deepEqual([refused.status, refused.json.error], [401, 'invalid_client']);
  assert.equal((await place.token(credentials, second)).status, 200);
});

for (const [name, end] of Object.entries(ENDS)) {
  test(`${name} ends access and refresh tokens the moment it is answered`, async () => {
    const { user } = await place.person();
    const app = await place.register(developer.user);
    const { access, refresh } = await tokensOf(user, app);
    assert.equal((await place.me(access)).status, 200);
    await end(place, { user, registered: app, developer: developer.user });
    assert.equal((await place.me(access)).status, 401);
    const answer = await place.token({ grant_type: 'refresh_token', refresh_token: refresh }, app);
    assert.ok(['invalid_grant', 'invalid_client'].includes(answer.json.error), answer.json.error);
  });
}
