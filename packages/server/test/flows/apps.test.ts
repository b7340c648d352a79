import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CALLBACK } from '../support/oauth.ts';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { encode, textOf, type Fields, type WebVisitor } from '../support/visitor.ts';
import {
  act,
  ask,
  callMe,
  csrfOf,
  GOOD,
  idOn,
  make,
  secretOn,
  SERVICE,
  userOf,
} from './app-people.ts';

let running: RunningApp;
let operator: WebVisitor;
let ada: WebVisitor;
let eve: WebVisitor;

before(async () => {
  running = await startApp({
    change: (config) => ({ ...config, apps: { registration: 'everyone', mostPerUser: 12 } }),
  });
  operator = await signUp(running, 'operator@example.com');
  ada = await signUp(running, 'ada@example.com');
  eve = await signUp(running, 'eve@example.com');
});
after(() => running.stop());

const stored = async (id: string) => {
  const app = await running.app.storage.apps.byId(id);
  assert.ok(app !== null);
  return app;
};

const countOf = async (email: string): Promise<number> =>
  running.app.storage.apps.countLive((await userOf(running, email)).id);

test('an app is registered without script, and its secret is shown on that page alone', async () => {
  const before = await countOf('ada@example.com');
  await ada.get('/apps/new');
  const form = ada.hidden('/apps') ?? {};
  const page = await ada.submit('/apps', GOOD);
  const secret = secretOn(page);
  assert.equal(page.status, 200);
  assert.ok(secret !== null && page.text.includes('presented only once'));
  const id = idOn(page);
  const { name, type, scopes, optionalScopes, redirectUris, mayIntrospect } = await stored(id);
  assert.deepEqual(
    { name, type, scopes, optionalScopes, redirectUris, mayIntrospect },
    {
      name: 'Cutting Room',
      type: 'web',
      scopes: ['account.read', 'asset.create', 'asset.read', 'offline'],
      optionalScopes: ['asset.create'],
      redirectUris: [CALLBACK],
      mayIntrospect: false,
    },
  );
  const again = await ada.post('/apps', { ...form, ...GOOD });
  assert.equal(again.status, 409);
  assert.match(again.text, /already registered/);
  assert.equal(secretOn(again), null);
  assert.equal(await countOf('ada@example.com'), before + 1);
  for (const path of ['/apps', `/apps/${id}`, `/apps/${id}/edit`, '/account'])
    assert.equal((await ada.get(path)).html.includes(secret), false, path);
});

test('the page of an app counts what it may read and write, and says persistent access apart', async () => {
  const id = idOn(await ask(ada, GOOD));
  assert.match((await ada.get(`/apps/${id}`)).text, /Scopes Read 2 · Write 1 Persistent/);
});

const WRONG: readonly (readonly [Fields, RegExp])[] = [
  [{ type: '' }, /Say what kind of app it is/],
  [{ type: 'robot' }, /Say what kind of app it is/],
  [{ name: ' ' }, /Give the app a name/],
  [{ name: 'x'.repeat(61) }, /at most 60 characters/],
  [{ name: 'Good\u202eApp' }, /Leave out the invisible character U\+202E/],
  [{ description: 'x'.repeat(501) }, /at most 500 characters/],
  [{ homepage_url: 'javascript:alert(1)' }, /Write a complete web address/],
  [{ homepage_url: 'JaVaScRiPt://x.example/%0aalert(1)' }, /Write a complete web address/],
  [{ privacy_url: 'data:text/html,x' }, /Write a complete web address/],
  [{ privacy_url: `https://app.example.com/${'x'.repeat(500)}` }, /at most 500 characters/],
  [{ redirect_uris: '' }, /Give at least one redirect URI/],
  [{ redirect_uris: 'http://app.example.com/cb' }, /Use https/],
  [
    { redirect_uris: `${CALLBACK}\r\nhttps://x.example/#` },
    /x\.example\/#: Leave out the fragment/,
  ],
  [
    { redirect_uris: Array.from({ length: 21 }, (_, n) => `${CALLBACK}${n}`).join('\n') },
    /at most 20/,
  ],
  [{ redirect_uris: 'com.example.app:/cb' }, /Only apps on a device/],
  [NO_SCOPES(), /Choose at least one scope/],
  [{ access_minutes: 'soon' }, /Choose 1 to 1440 minutes/],
  [{ access_minutes: '0.5' }, /Choose 1 to 1440 minutes/],
  [{ access_minutes: '1441' }, /Choose 1 to 1440 minutes/],
  [{ refresh_days: '366' }, /to 365 days/],
  [{ refresh_days: '-1' }, /to 365 days/],
  [{ allows_missing_pkce: 'on' }, /Only public apps need this/],
  [
    { type: 'public', allows_missing_pkce: 'on', redirect_uris: 'com.example.app:/cb' },
    /Without PKCE an app cannot have/,
  ],
  [{ ...SERVICE }, /A service acts as itself and has no redirect URIs/],
  [
    { ...SERVICE, redirect_uris: '', 'scope.offline': 'required' },
    /A service has no refresh tokens/,
  ],
];

function NO_SCOPES(): Fields {
  const names = Object.keys(GOOD).filter((name) => name.startsWith('scope.'));
  return Object.fromEntries(names.map((name) => [name, 'none']));
}

test('what is wrong is said at its field, and what was typed stays', async () => {
  const before = await countOf('eve@example.com');
  for (const [fields, words] of WRONG) {
    const page = await ask(eve, { ...GOOD, ...fields });
    assert.equal(page.status, 422, JSON.stringify(fields));
    assert.match(page.text, words);
    assert.match(page.html, /href="#field-[a-z-]+"/);
    const [, target = ''] = /href="#(field-[a-z-]+)"/.exec(page.html) ?? [];
    assert.ok(page.html.includes(`id="${target}"`), `${target} is on the page`);
    assert.ok(page.html.includes('value="https://app.example.com"') || 'homepage_url' in fields);
    assert.equal(secretOn(page), null);
  }
  assert.equal(await countOf('eve@example.com'), before);
});

test('several mistakes are said at once', async () => {
  const page = await ask(eve, { ...GOOD, name: '', redirect_uris: 'x', access_minutes: '-' });
  assert.match(page.text, /3 things need your attention/);
});

test('a form without its key makes nothing, nor does one from before the session', async () => {
  assert.equal((await act(eve, '/apps', GOOD)).status, 400);
  const key = crypto.randomUUID();
  assert.equal((await act(eve, '/apps', { ...GOOD, creation_key: `${key}x` })).status, 400);
  const body = encode({ ...GOOD, creation_key: key });
  assert.equal((await eve.send('POST', '/apps', { body })).status, 403);
});

test('twenty forms at once make one app', async () => {
  await eve.get('/apps/new');
  const form = eve.hidden('/apps') ?? {};
  const replies = await Promise.all(
    Array.from({ length: 20 }, () =>
      eve.send('POST', '/apps', { body: encode({ ...form, ...GOOD, name: 'Once' }) }),
    ),
  );
  assert.equal(replies.filter(({ status }) => status === 200).length, 1);
  assert.equal(replies.filter(({ status }) => status === 409).length, 19);
  assert.equal(replies.filter((reply) => secretOn(reply) !== null).length, 1);
});

test('a public app has no secret, and its page says so', async () => {
  const page = await ask(ada, {
    ...GOOD,
    type: 'public',
    redirect_uris: 'com.example.app:/cb\nhttp://127.0.0.1/cb',
  });
  const id = idOn(page);
  assert.equal(page.url, `${running.base}/apps/${id}?done=registered`);
  assert.doesNotMatch(page.text, /Client secrets|CLIENT_SECRET/);
  const key = crypto.randomUUID();
  const added = await act(ada, `/apps/${id}/secrets`, { creation_key: key });
  assert.equal(added.status, 409);
  assert.equal(secretOn(added), null);
});

test('a service gets no more than its developer holds', async () => {
  const { id, accountId } = await userOf(running, 'eve@example.com');
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const role = (name: 'viewer' | 'owner') =>
    running.app.accounts.changeRole({ userId: id, accountId, role: name, origin });
  await role('viewer');
  const beyond = await ask(eve, { ...SERVICE, 'scope.asset.create': 'required' });
  assert.equal(beyond.status, 422);
  assert.match(beyond.text, /Your role does not allow asset\.create/);
  const own = await make(eve, SERVICE);
  const raised = await act(eve, `/apps/${own.id}`, {
    ...SERVICE,
    'scope.asset.delete': 'required',
  });
  assert.equal(raised.status, 422);
  const byOperator = await act(operator, `/apps/${own.id}`, {
    ...SERVICE,
    'scope.asset.delete': 'required',
  });
  assert.equal(byOperator.status, 422);
  assert.match(textOf(byOperator.html), /The owner's role, viewer, does not allow asset\.delete/);
  await role('owner');
});

test("another's app is absent on every route, as one that never was", async () => {
  const { id } = await make(ada);
  const before = await stored(id);
  const routes = running.app.routes.filter(({ path }) => path.startsWith('/apps/:id'));
  assert.ok(routes.length >= 9);
  const csrf = await csrfOf(eve);
  const [secret] = await running.app.storage.secrets.ofApp(id);
  const fields = {
    ...GOOD,
    csrf,
    name: 'Stolen',
    secret_id: secret?.id ?? '',
    confirm: 'yes',
    creation_key: crypto.randomUUID(),
  };
  for (const { method, path } of routes) {
    const bodies = [];
    for (const absent of [id, crypto.randomUUID(), 'nothing']) {
      const body = method === 'POST' ? { body: encode(fields) } : {};
      const reply = await eve.send(method, path.replace(':id', absent), body);
      assert.equal(reply.status, 404, `${method} ${path}`);
      bodies.push(reply.html.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '(reference)'));
    }
    assert.equal(new Set(bodies).size, 1, path);
  }
  assert.deepEqual(await stored(id), before);
  assert.equal((await running.app.storage.secrets.ofApp(id)).length, 1);
});

test('an operator finds every app, sees whose it is and may make it a resource server', async () => {
  const { id, secret } = await make(ada, { ...SERVICE, name: 'Edge proxy' });
  const list = await operator.get('/admin/apps?q=edge+PROXY');
  assert.match(list.text, /1 app found/);
  assert.ok(list.html.includes(`/apps/${id}`) && list.text.includes('Ada Example'));
  const page = await operator.get(`/apps/${id}`);
  assert.match(page.text, /Registered by Ada Example ada@example\.com/);
  const token = await tokenOf(await make(ada, { ...SERVICE, name: 'Other' }));
  const introspect = async () => {
    const response = await fetch(`${running.base}/oauth2/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
      body: new URLSearchParams({ token }),
    });
    return (await response.json()) as { active: boolean };
  };
  assert.deepEqual(await introspect(), { active: false });
  const path = `/admin/apps/${id}/introspection`;
  const done = await operator.submit(path);
  assert.match(done.text, /may ask about every token now/);
  assert.equal((await introspect()).active, true);
  assert.equal((await act(ada, path, { introspection: 'yes' })).status, 404);
  await operator.get(`/apps/${id}`);
  await operator.submit(path);
  assert.deepEqual(await introspect(), { active: false });
  const open = await ask(ada, { ...GOOD, type: 'public' });
  const refused = await act(operator, `/admin/apps/${idOn(open)}/introspection`, {
    introspection: 'yes',
  });
  assert.equal(refused.status, 409);
});

async function tokenOf({ id, secret }: { id: string; secret: string }): Promise<string> {
  const response = await fetch(`${running.base}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

test('what a service gets is what its page says', async () => {
  const { json } = await callMe(running, await tokenOf(await make(ada, SERVICE)));
  assert.deepEqual(json.scopes, ['account.read', 'asset.read']);
});

test('an edit changes what it names, keeps the type, and is told in the history', async () => {
  const { id } = await make(ada);
  await ada.get(`/apps/${id}/edit`);
  const fields = {
    ...GOOD,
    type: 'public',
    name: 'Cutting <b>Room</b> 2',
    redirect_uris: `${CALLBACK}\nhttp://localhost:3000/cb`,
    'scope.asset.create': 'none',
    access_minutes: '1.5',
    refresh_days: '7',
    strict_refresh: 'on',
  };
  const page = await ada.submit(`/apps/${id}`, fields);
  assert.match(page.text, /The app was changed/);
  for (const words of [
    'Renamed from “Cutting Room”',
    'added http://localhost:3000/cb',
    'taken away asset.create',
    'Lives 1.5 minutes',
    'Lives 7 days unused, strict',
  ])
    assert.ok(page.text.includes(words), words);
  assert.ok(!page.html.includes('<b>Room</b>'));
  const app = await stored(id);
  assert.deepEqual([app.type, app.accessSeconds, app.refreshSeconds], ['web', 90, 604_800]);
  const again = await ada.get(`/apps/${id}/edit`);
  assert.match(again.html, /value="1\.5"/);
});

test('the history says "You" to whoever did it, and to nobody else', async () => {
  const { id } = await make(eve);
  await act(operator, `/apps/${id}/disable`);
  const WHO = / UTC Who (.+?) From /g;
  const whoOf = ({ text }: { text: string }) => [...text.matchAll(WHO)].map(([, who]) => who);
  assert.deepEqual(whoOf(await eve.get(`/apps/${id}`)), ['An operator', 'You']);
  assert.deepEqual(whoOf(await operator.get(`/apps/${id}`)), ['You', 'Its owner']);
});

test('the list names what there is; the old address and the welcome page lead to it', async () => {
  const nobody = await signUp(running, 'new@example.com');
  assert.match((await nobody.get('/apps')).text, /No apps yet/);
  assert.equal((await nobody.get('/app/oauth-apps')).url, `${running.base}/apps`);
  assert.match((await nobody.get('/')).html, /href="\/apps\/new"[^>]*>.*Register an app/s);
  assert.match((await ada.get('/apps?page=99')).text, /The list ends before this page/);
  const list = await ada.get('/apps');
  assert.match(list.text, /Cutting Room .* Web server Connected Nobody/);
});

test('one person has so many apps and no more', async () => {
  const many = await signUp(running, 'many@example.com');
  for (let count = 0; count < 12; count++) await make(many);
  const page = await ask(many);
  assert.equal(page.status, 422);
  assert.match(page.text, /You have 12 apps, the most/);
});
