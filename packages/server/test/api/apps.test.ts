import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { startApi, type Answer, type RunningApi } from '../support/api.ts';
import {
  appToken,
  approve,
  CALLBACK,
  exchange,
  postForm,
  registerApp,
  serviceToken,
} from '../support/oauth.ts';

let api: RunningApi;
let ada: User;
let token: string;

before(async () => {
  api = await startApi();
  await api.user('operator@example.com');
  ada = await api.user('ada@example.com');
  ({ value: token } = await api.token(ada));
});
after(() => api.stop());

const send = (method: string, path: string, body?: unknown, bearer = token): Promise<Answer> =>
  api.send(path, { method, token: bearer, ...(body !== undefined && { body }) });

const WEB_SCOPES = ['account.read', 'asset.read', 'asset.create'];
const WEB = {
  app_type: 'web',
  name: 'Cutting Room',
  redirect_uris: [CALLBACK],
  scopes: [...WEB_SCOPES, 'offline'],
  optional_scopes: ['asset.create'],
};
const SERVICE = { app_type: 'service', name: 'Render farm', scopes: ['asset.read'] };

async function narrow(...scopes: readonly string[]): Promise<string> {
  return (await api.token(ada, scopes)).value;
}

const fieldsOf = ({ json }: Answer): readonly string[] =>
  json.errors.map(({ field }: { field: string }) => field).sort();

test('an app is registered, listed and read; its secret is in the first answer alone', async () => {
  const made = await send('POST', '/v2/apps', WEB);
  assert.equal(made.status, 201, made.text);
  const { client_secret: secret, ...app } = made.json;
  assert.match(secret, /^gate_cs_/);
  assert.partialDeepStrictEqual(app, {
    _type: 'oauth_app',
    user_id: ada.id,
    account_id: ada.accountId,
    app_type: 'web',
    optional_scopes: ['asset.create'],
    description: null,
    access_seconds: null,
    strict_refresh: false,
    may_introspect: false,
    state: 'active',
    users_connected: 0,
  });
  const read = await send('GET', `/v2/apps/${app.id}`);
  assert.deepEqual(read.json, app);
  const list = await send('GET', '/v2/apps?page_size=1');
  assert.deepEqual(list.json, [app]);
  assert.equal(list.headers.get('total'), '1');
  const { status } = await postForm(
    `${api.base}/oauth2/revoke`,
    { token: 'x' },
    { id: app.id, secret },
  );
  assert.equal(status, 200, 'the secret opens');
});

test('a public app has no secret, and a service is one that acts', async () => {
  const open = await send('POST', '/v2/apps', { ...WEB, app_type: 'public' });
  assert.equal(open.json.client_secret, null);
  assert.equal((await send('POST', `/v2/apps/${open.json.id}/secrets`)).status, 409);
  const made = await send('POST', '/v2/apps', SERVICE);
  const basic = { id: made.json.id, secret: made.json.client_secret };
  const form = { grant_type: 'client_credentials' };
  const { json } = await postForm(`${api.base}/oauth2/token`, form, basic);
  assert.equal(json.scope, 'asset.read');
});

test('the same key makes one app, also when it comes twenty times at once', async () => {
  const ask = () =>
    api.send('/v2/apps', {
      method: 'POST',
      token,
      body: { ...SERVICE, name: 'Once' },
      headers: { 'idempotency-key': 'deploy 7' },
    });
  const answers = await Promise.all(Array.from({ length: 20 }, ask));
  const [made, ...more] = answers.filter(({ status }) => status === 201);
  assert.ok(made !== undefined && more.length === 0);
  const again = await ask();
  assert.equal(again.json.errors[0].reason, 'app_already_created');
  assert.equal(again.json.errors[0].client_id, made.json.id);
  assert.doesNotMatch(again.text, /gate_cs_/);
});

test('every wrong field is named', async () => {
  const wrong = {
    app_type: 'web',
    name: ' ',
    description: 'x'.repeat(501),
    homepage_url: 'javascript:alert(1)',
    privacy_url: 'ftp://x.example',
    redirect_uris: ['http://app.example.com/cb'],
    scopes: ['asset.fly'],
    optional_scopes: ['asset.read'],
    allows_missing_pkce: true,
    access_seconds: 59,
    refresh_seconds: 1,
  };
  const answer = await send('POST', '/v2/apps', wrong);
  assert.equal(answer.status, 422);
  const { app_type: _, ...fields } = wrong;
  assert.deepEqual(fieldsOf(answer), Object.keys(fields).sort());
  for (const body of [
    { ...WEB, app_type: 'robot' },
    { ...WEB, scopes: undefined },
    { ...WEB, owner_id: ada.id },
    { ...WEB, user_id: ada.id },
    { ...WEB, may_introspect: true },
    { ...WEB, redirect_uris: CALLBACK },
    { ...WEB, access_seconds: 1.5 },
    [],
  ])
    assert.equal((await send('POST', '/v2/apps', body)).status, 422, JSON.stringify(body));
});

test('a change touches what it names; two at once lose nothing of each other', async () => {
  const { id } = (await send('POST', '/v2/apps', WEB)).json;
  const changes = [
    { scopes: ['account.read', 'asset.read'], optional_scopes: [] },
    { name: 'Renamed' },
    { redirect_uris: ['http://localhost/cb'] },
    { strict_refresh: true, access_seconds: 90 },
    { description: 'Cuts' },
    { homepage_url: 'https://x.example' },
  ];
  const answers = await Promise.all(
    changes.map((change) => send('PATCH', `/v2/apps/${id}`, change)),
  );
  for (const { status, text } of answers) assert.equal(status, 200, text);
  const { json } = await send('GET', `/v2/apps/${id}`);
  for (const change of changes) assert.partialDeepStrictEqual(json, change);
  const cleared = await send('PATCH', `/v2/apps/${id}`, {
    description: null,
    access_seconds: null,
  });
  assert.deepEqual([cleared.json.description, cleared.json.access_seconds], [null, null]);
  for (const body of [{}, { app_type: 'public' }, { may_introspect: true }, { scopes: [] }])
    assert.equal((await send('PATCH', `/v2/apps/${id}`, body)).status, 422, JSON.stringify(body));
});

test('a token registers and reaches no app that could do more than it may itself', async () => {
  const reader = await narrow('asset.read');
  for (const body of [
    WEB,
    { ...WEB, app_type: 'public' },
    { ...SERVICE, scopes: ['asset.read', 'asset.create'] },
    { ...SERVICE, scopes: ['asset.delete'] },
  ]) {
    const refused = await send('POST', '/v2/apps', body, reader);
    assert.equal(refused.status, 422, JSON.stringify(body));
    assert.deepEqual(fieldsOf(refused), ['scopes']);
  }
  const own = await send('POST', '/v2/apps', SERVICE, reader);
  assert.equal(own.status, 201);
  const persistent = { ...WEB, scopes: ['asset.read', 'offline'], optional_scopes: [] };
  assert.equal((await send('POST', '/v2/apps', persistent, reader)).status, 201);
  const raise = { scopes: ['asset.read', 'asset.create'] };
  assert.equal((await send('PATCH', `/v2/apps/${own.json.id}`, raise, reader)).status, 422);
  const wide = (await send('POST', '/v2/apps', WEB)).json.id;
  const listed = (await send('GET', '/v2/apps?page_size=100', undefined, reader)).json;
  assert.deepEqual(
    listed.filter(({ scopes }: { scopes: readonly string[] }) => scopes.includes('asset.create')),
    [],
  );
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['PATCH', '', { redirect_uris: ['https://evil.example/cb'] }],
    ['DELETE', '', undefined],
    ['GET', '/secrets', undefined],
    ['POST', '/secrets', undefined],
    ['POST', '/disable', undefined],
    ['POST', '/enable', undefined],
  ] as const) {
    const answer = await send(method, `/v2/apps/${wide}${path}`, body, reader);
    assert.equal(answer.status, 404, `${method} ${path}`);
  }
});

test('an app that widened after a token found it is out of its reach', async () => {
  const reader = await narrow('asset.read');
  const { id } = (await send('POST', '/v2/apps', SERVICE, reader)).json;
  await send('PATCH', `/v2/apps/${id}`, { scopes: ['asset.read', 'asset.create'] });
  assert.equal((await send('POST', `/v2/apps/${id}/secrets`, undefined, reader)).status, 404);
});

test('a token registers and reaches nothing with what its user lost with the role', async () => {
  const wide = (await send('POST', '/v2/apps', WEB)).json.id;
  const { id: other } = await api.token(ada, ['asset.create']);
  assert.equal((await send('GET', `/v2/apps/${wide}`)).status, 200);
  await api.role(ada, 'viewer');
  try {
    const refused = await send('POST', '/v2/apps', WEB);
    assert.deepEqual([refused.status, fieldsOf(refused)], [422, ['scopes']]);
    for (const path of [`/v2/apps/${wide}`, `/v2/apps/${wide}/secrets`, `/v2/tokens/${other}`])
      assert.equal((await send('GET', path)).status, 404, path);
    const narrow = { ...WEB, scopes: ['asset.read'], optional_scopes: [] };
    assert.equal((await send('POST', '/v2/apps', narrow)).status, 201);
  } finally {
    await api.role(ada, 'owner');
  }
});

test("an operator's token is no operator: it neither sees others' apps nor resource servers", async () => {
  const [operator] = (await api.modules.accounts.reads.users.list('operator@', PAGE)).items;
  assert.ok(operator !== undefined);
  const { value } = await api.token(operator);
  const { app } = await registerApp(api.modules, ada);
  assert.equal((await send('GET', `/v2/apps/${app.id}`, undefined, value)).status, 404);
  const own = await registerApp(api.modules, operator, { type: 'service' });
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const actor = { user: operator, origin, isOperator: true, ceiling: null };
  const { apps } = api.modules.authorization;
  assert.ok(await apps.setIntrospection({ id: own.app.id, mayIntrospect: true }, actor));
  const path = `/v2/apps/${own.app.id}`;
  assert.equal((await send('GET', path, undefined, value)).status, 404);
  assert.equal((await send('POST', `${path}/secrets`, undefined, value)).status, 404);
});

const PAGE = { page: 1, pageSize: 10 };

test("another's apps and grants, and those of another account, are absent", async () => {
  const bob = await api.user('bob@example.com');
  const theirs = await api.token(bob);
  const { app } = await registerApp(api.modules, ada);
  assert.equal((await send('DELETE', `/v2/apps/${app.id}`, undefined, theirs.value)).status, 404);
  assert.deepEqual((await send('GET', '/v2/apps', undefined, theirs.value)).json, []);
  await api.role(ada, 'member', bob.accountId);
  const elsewhere = await api.token(ada, WEB_SCOPES, { accountId: bob.accountId });
  assert.deepEqual((await send('GET', '/v2/apps', undefined, elsewhere.value)).json, []);
  const crossing = { ...SERVICE, account_id: ada.accountId };
  const refused = await send('POST', '/v2/apps', crossing, elsewhere.value);
  assert.deepEqual(fieldsOf(refused), ['account_id']);
});

test('secrets come and go one by one, and each takes its service tokens with it', async () => {
  const { id, client_secret: first } = (await send('POST', '/v2/apps', SERVICE)).json;
  const added = await send('POST', `/v2/apps/${id}/secrets`);
  assert.equal(added.status, 201, added.text);
  const list = await send('GET', `/v2/apps/${id}/secrets`);
  assert.equal(list.headers.get('total'), '2');
  assert.doesNotMatch(list.text, /gate_cs_/);
  const get = async (secret: string) => {
    const form = { grant_type: 'client_credentials' };
    return (await postForm(`${api.base}/oauth2/token`, form, { id, secret })).json;
  };
  const [old, fresh] = [await get(first), await get(added.json.client_secret)];
  const gone = list.json.find((secret: { id: string }) => secret.id !== added.json.id);
  const path = `/v2/apps/${id}/secrets/${gone.id}`;
  assert.equal((await send('DELETE', path)).status, 204);
  assert.equal((await send('DELETE', path)).status, 404);
  assert.equal((await get(first)).error, 'invalid_client');
  assert.equal((await api.send('/v2/token', { token: old.access_token })).status, 401);
  assert.equal((await api.send('/v2/token', { token: fresh.access_token })).status, 200);
});

test('disable, enable and delete mean at once what they mean in the portal', async () => {
  const registered = await registerApp(api.modules, ada);
  const { json } = await exchange(api, { user: ada, registered });
  const path = `/v2/apps/${registered.app.id}`;
  const call = async () => (await api.send('/v2/me', { token: json.access_token })).status;
  assert.equal((await send('POST', `${path}/disable`)).json.state, 'disabled');
  assert.equal(await call(), 401);
  assert.equal((await send('POST', `${path}/enable`)).json.state, 'active');
  assert.equal(await call(), 200);
  assert.equal((await send('GET', path)).json.users_connected, 1);
  assert.equal((await send('DELETE', path)).status, 204);
  assert.equal(await call(), 401);
  assert.equal((await send('GET', path)).status, 404);
  const event = (await api.modules.storage.events.list({ resourceId: registered.app.id }, PAGE))
    .items[0];
  assert.match(event?.client ?? '', /^user_token\//);
});

test('grants are listed and taken back; what reaches beyond the token is absent', async () => {
  const { value: appValue, refresh, grantId, user, app } = await appToken(api);
  const { value } = await api.token(user);
  const list = await send('GET', '/v2/grants', undefined, value);
  assert.partialDeepStrictEqual(list.json, [
    {
      id: grantId,
      client_id: app.id,
      app_name: 'Cutting Room',
      persistent: true,
      app_active: true,
    },
  ]);
  const weak = (await api.token(user, ['asset.read'])).value;
  assert.deepEqual((await send('GET', '/v2/grants', undefined, weak)).json, []);
  for (const bearer of [weak, token])
    assert.equal((await send('DELETE', `/v2/grants/${grantId}`, undefined, bearer)).status, 404);
  assert.equal((await api.send('/v2/me', { token: appValue })).status, 200);
  assert.equal((await send('DELETE', `/v2/grants/${grantId}`, undefined, value)).status, 204);
  assert.equal((await send('DELETE', `/v2/grants/${grantId}`, undefined, value)).status, 404);
  assert.equal((await api.send('/v2/me', { token: appValue })).status, 401);
  assert.match(refresh, /^gate_ort_/);
  assert.deepEqual((await send('GET', '/v2/grants', undefined, value)).json, []);
});

test('neither apps for a user nor services may manage apps or grants', async () => {
  const bearers = [(await appToken(api)).value, (await serviceToken(api)).value];
  const routes = api.routes.filter(({ path }) => /^\/v2\/(apps|grants)/.test(path));
  assert.ok(routes.length >= 12);
  for (const { method, path } of routes) {
    for (const bearer of bearers) {
      const url = path.replace(/:\w+/g, crypto.randomUUID());
      const { status, json } = await send(method, url, undefined, bearer);
      assert.equal(status, 403, `${method} ${path}`);
      assert.match(json.errors[0].reason, /^(user|developer_token)_required$/);
    }
  }
});

test('a grant counts its people once', async () => {
  const { app } = await registerApp(api.modules, ada);
  await approve(api.modules, { user: ada, app });
  await approve(api.modules, { user: await api.user('eva@example.com'), app });
  assert.equal((await send('GET', `/v2/apps/${app.id}`)).json.users_connected, 2);
});
