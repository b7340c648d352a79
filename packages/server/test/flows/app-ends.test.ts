/** Secrets that take turns, and every way in which an app, or part of it, ends: at once, for all that it gave out. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { approve, CALLBACK, postForm, type TokenAnswer } from '../support/oauth.ts';
import { PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';
import {
  act,
  addSecret,
  ask,
  callMe,
  GOOD,
  idOn,
  make,
  publicIdOf,
  secretOn,
  SERVICE,
  signIn,
  userOf,
  type Made,
} from './app-people.ts';

let running: RunningApp;
let ada: WebVisitor;

before(async () => {
  running = await startApp();
  await signUp(running, 'operator@example.com');
  ada = await signUp(running, 'ada@example.com');
});
after(() => running.stop());

const token = (fields: Record<string, string>, basic: Made): Promise<TokenAnswer> =>
  postForm(`${running.base}/oauth2/token`, fields, basic);

const asItself = (made: Made): Promise<TokenAnswer> =>
  token({ grant_type: 'client_credentials' }, made);

/** What an app holds after Ada allowed it all. */
async function connected(made: Made): Promise<{ access: string; refresh: string }> {
  const app = await running.app.storage.apps.byId(made.id);
  assert.ok(app !== null);
  const user = await userOf(running, 'ada@example.com');
  const code = await approve(running.app, { user, app });
  const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
  const { json } = await token(fields, made);
  return { access: json.access_token, refresh: json.refresh_token };
}

const refresh = (made: Made, value: string): Promise<TokenAnswer> =>
  token({ grant_type: 'refresh_token', refresh_token: value }, made);

async function revokeSecret({ id, secret }: Made): Promise<void> {
  const asked = await act(ada, `/apps/${id}/secrets/revoke`, { secret_id: publicIdOf(secret) });
  assert.equal(asked.status, 200);
  // Asking ends nothing.
  assert.notEqual((await refresh({ id, secret }, 'nothing')).json.error, 'invalid_client');
  const fields = { secret_id: publicIdOf(secret), confirm: 'yes' };
  const done = await act(ada, `/apps/${id}/secrets/revoke`, fields);
  assert.equal(done.location, `/apps/${id}?done=secret-revoked`);
}

test('several secrets work at once, and one that is revoked takes its own service tokens with it', async () => {
  const first = await make(ada, SERVICE);
  const second = { id: first.id, secret: await addSecret(ada, first.id) };
  const [old, fresh] = [await asItself(first), await asItself(second)];
  assert.deepEqual([old.status, fresh.status], [200, 200]);
  await revokeSecret(first);
  assert.equal((await asItself(first)).json.error, 'invalid_client');
  assert.equal((await callMe(running, old.json.access_token)).status, 401);
  assert.equal((await callMe(running, fresh.json.access_token)).status, 200);
  assert.equal((await asItself(second)).status, 200);
  const gone = { secret_id: publicIdOf(first.secret), confirm: 'yes' };
  assert.equal((await act(ada, `/apps/${first.id}/secrets/revoke`, gone)).status, 404);
  const page = await ada.get(`/apps/${first.id}`);
  assert.match(page.text, /Client secret revoked: .*Client secret added: .*Registered/);
});

test('a revoked secret leaves what people allowed: another one refreshes on', async () => {
  const first = await make(ada);
  const held = await connected(first);
  const second = { id: first.id, secret: await addSecret(ada, first.id) };
  await revokeSecret(first);
  assert.equal((await refresh(first, held.refresh)).json.error, 'invalid_client');
  assert.equal((await callMe(running, held.access)).status, 200);
  assert.equal((await refresh(second, held.refresh)).status, 200);
});

test('another secret is shown once: neither a reload nor twenty forms at once make or show more', async () => {
  const { id } = await make(ada);
  await ada.get(`/apps/${id}`);
  const form = ada.hidden(`/apps/${id}/secrets`) ?? {};
  const pages = await Promise.all(
    Array.from({ length: 20 }, () => act(ada, `/apps/${id}/secrets`, form)),
  );
  assert.equal(pages.filter((page) => secretOn(page) !== null).length, 1);
  assert.equal(pages.filter(({ status }) => status === 409).length, 19);
  assert.equal((await running.app.storage.secrets.ofApp(id)).length, 2);
  for (let count = 2; count < 5; count++) await addSecret(ada, id);
  const sixth = await act(ada, `/apps/${id}/secrets`, { creation_key: crypto.randomUUID() });
  assert.equal(sixth.status, 409);
  assert.match(sixth.html, /has 5 secrets, the most/);
});

test('the last use of a secret is told on the page', async () => {
  const made = await make(ada, SERVICE);
  assert.match((await ada.get(`/apps/${made.id}`)).text, /Last used Never/);
  await asItself(made);
  await running.app.authorization.secretUsage.flush();
  assert.match((await ada.get(`/apps/${made.id}`)).text, /Last used just now/);
});

test('a disabled app is refused everywhere and loses nothing; enabled, it goes on', async () => {
  const made = await make(ada);
  const service = await make(ada, SERVICE);
  const held = await connected(made);
  const own = (await asItself(service)).json.access_token;
  for (const { id } of [made, service]) await act(ada, `/apps/${id}/disable`);
  for (const value of [held.access, own]) {
    const { status, json } = await callMe(running, value);
    assert.deepEqual([status, json.errors[0].reason], [401, 'app_disabled']);
  }
  assert.equal((await refresh(made, held.refresh)).json.error, 'invalid_client');
  assert.equal((await asItself(service)).json.error, 'invalid_client');
  const consent = await ada.get(`/oauth2/auth?response_type=code&client_id=${made.id}`);
  assert.match(consent.text, /The app is disabled/);
  assert.match((await ada.get(`/apps/${made.id}`)).text, /Disabled: it can get no tokens/);
  for (const { id } of [made, service]) await act(ada, `/apps/${id}/enable`);
  assert.equal((await callMe(running, held.access)).status, 200);
  assert.equal((await callMe(running, own)).status, 200);
  assert.equal((await refresh(made, held.refresh)).status, 200);
});

test('a deleted app is over: tokens, secrets, consent and page', async () => {
  const made = await make(ada);
  const service = await make(ada, SERVICE);
  const held = await connected(made);
  const own = (await asItself(service)).json.access_token;
  const question = await ada.get(`/apps/${made.id}/delete`);
  assert.match(question.text, /1 person is disconnected at once/);
  assert.equal((await callMe(running, held.access)).status, 200);
  const after = await ada.submit(`/apps/${made.id}/delete`);
  assert.match(after.text, /The app was deleted/);
  await act(ada, `/apps/${service.id}/delete`);
  for (const value of [held.access, own]) assert.equal((await callMe(running, value)).status, 401);
  assert.equal((await refresh(made, held.refresh)).json.error, 'invalid_client');
  assert.equal((await ada.get(`/apps/${made.id}`)).status, 404);
  assert.doesNotMatch((await ada.get('/connections')).html, new RegExp(made.id));
  assert.equal((await running.app.storage.secrets.ofApp(made.id)).length, 0);
});

test('scopes that an app loses are gone from its tokens at once, and come with no refresh', async () => {
  const made = await make(ada);
  const held = await connected(made);
  assert.deepEqual((await callMe(running, held.access)).json.scopes.includes('asset.create'), true);
  const fields = { ...GOOD, 'scope.asset.create': 'none', 'scope.asset.read': 'none' };
  await act(ada, `/apps/${made.id}`, fields);
  assert.deepEqual((await callMe(running, held.access)).json.scopes, ['account.read', 'offline']);
  const { json } = await refresh(made, held.refresh);
  const { json: narrow } = await callMe(running, json.access_token);
  assert.deepEqual(narrow.scopes, ['account.read', 'offline']);
});

test('the apps of a suspended person stop, and go on with them', async () => {
  const developer = await signUp(running, 'dev@example.com');
  const made = await make(developer);
  const service = await make(developer, SERVICE);
  const held = await connected(made);
  const own = (await asItself(service)).json.access_token;
  const { id: userId } = await userOf(running, 'dev@example.com');
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  await running.app.accounts.setSuspended({ userId, isSuspended: true, origin });
  for (const value of [held.access, own]) {
    const { status, json } = await callMe(running, value);
    assert.deepEqual([status, json.errors[0].reason], [401, 'app_disabled']);
  }
  assert.equal((await asItself(service)).json.error, 'invalid_client');
  const operator = await signIn(running, 'operator@example.com');
  assert.match((await operator.get(`/apps/${made.id}`)).text, /registered it is suspended/);
  await running.app.accounts.setSuspended({ userId, isSuspended: false, origin, earlier: 'keep' });
  assert.equal((await callMe(running, held.access)).status, 200);
});

test('an operator may disable and delete what others registered', async () => {
  const operator = await signIn(running, 'operator@example.com');
  const { id } = await make(ada);
  await act(operator, `/apps/${id}/disable`);
  assert.match((await ada.get(`/apps/${id}`)).text, /Disabled .* An operator/);
  const done = await act(operator, `/apps/${id}/delete`);
  assert.equal(done.location, '/admin/apps?done=deleted');
  assert.equal((await ada.get(`/apps/${id}`)).status, 404);
});

test('where operators alone register apps, others are told so kindly', async () => {
  const closed = await startApp({
    change: (config) => ({ ...config, apps: { registration: 'operators', mostPerUser: 5 } }),
  });
  try {
    const operator = await signUp(closed, 'operator@example.com');
    const other = await signUp(closed, 'other@example.com');
    assert.match((await other.get('/apps/new')).text, /registered by operators/);
    const list = await other.get('/apps');
    assert.match(list.text, /Ask one of them/);
    assert.doesNotMatch(list.html, /\/apps\/new/);
    const forced = await act(other, '/apps', { ...GOOD, creation_key: crypto.randomUUID() });
    assert.equal(forced.status, 403);
    assert.equal((await make(operator)).secret.startsWith('gate_cs_'), true);
  } finally {
    await closed.stop();
  }
});

test('whoever has not proved the address is asked to do so first', async () => {
  const newcomer = running.visitor();
  await newcomer.get('/sign-up');
  const email = 'unproved@example.com';
  await newcomer.submit('/sign-up', { name: 'Umar', email, password: PASSWORD });
  const visitor = await signIn(running, email);
  assert.match((await visitor.get('/apps/new')).text, /Verify your e-mail address first/);
  const forced = await act(visitor, '/apps', { ...GOOD, creation_key: crypto.randomUUID() });
  assert.equal(forced.status, 403);
  assert.match(forced.html, /Verify your e-mail address first/);
});

test('the settings to copy are those of the type', async () => {
  const web = await ask(ada);
  const open = await ask(ada, { ...GOOD, type: 'public' });
  const service = await ask(ada, SERVICE);
  const secret = secretOn(web) ?? '';
  assert.equal(web.html.split(secret).length - 1, 6, 'the field and five snippets');
  for (const page of [web, open]) {
    assert.ok(page.text.includes('code_challenge_method=S256') && page.text.includes(CALLBACK));
    assert.ok(page.text.includes(`new URL("${running.base.replace('127.0.0.1', 'localhost')}")`));
  }
  for (const words of ['client.None()', 'include_client_id=True', 'AuthStyleInParams', '"none"'])
    assert.ok(open.text.includes(words) && !web.text.includes(words), words);
  assert.match(service.text, /grant_type=client_credentials.*BackendApplicationClient/);
  assert.doesNotMatch(service.text, /Auth\.js|redirect_uri/);
  for (const page of [web, open, service]) assert.ok(page.text.includes(idOn(page)));
});
