/** An app changes hands: grants stay, what the former owner could know ends, and rights are those of the new owner. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import type { AppPerson } from '../../src/apps/context.ts';
import { startApi, type RunningApi } from '../support/api.ts';
import { exchange, postForm, registerApp, type Registered } from '../support/oauth.ts';

let api: RunningApi;
before(async () => {
  api = await startApi((config) => ({ ...config, apps: { ...config.apps, mostPerUser: 3 } }));
});
after(() => api.stop());

const HOUR = 3600;
const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const operatorFor = (user: User): AppPerson => ({ user, origin, isOperator: true, ceiling: null });
const ownerOf = (user: User): AppPerson => ({
  user,
  origin: { source: 'portal', client: 'web/x', address: null, actorId: user.id },
  isOperator: false,
  ceiling: null,
});

let count = 0;
const somebody = (): Promise<User> => api.user(`person${count++}@example.com`);

const transfer = (registered: Registered, to: User, overlapSeconds: number, from: User) =>
  api.modules.authorization.apps.transfer(
    { id: registered.app.id, toId: to.id, overlapSeconds },
    operatorFor(from),
  );

const ask = ({ app, secret }: Registered) =>
  postForm(
    `${api.base}/oauth2/token`,
    { grant_type: 'client_credentials' },
    { id: app.id, secret },
  );

const statusOf = async (token: string) => (await api.send('/v2/token', { token })).status;

test('the new owner manages it, the former one does not, and both are told', async () => {
  const [from, to] = [await somebody(), await somebody()];
  const registered = await registerApp(api.modules, from);
  const done = await transfer(registered, to, 24 * HOUR, from);
  assert.equal(done.outcome, 'transferred');
  const { apps } = api.modules.authorization;
  const { id } = registered.app;
  assert.equal(await apps.find(ownerOf(from), id), null);
  assert.equal((await apps.find(ownerOf(to), id))?.accountId, to.accountId);
  for (const [user, type] of [
    [from, 'oauth_app_transferred'],
    [to, 'oauth_app_received'],
  ] as const) {
    const page = { page: 1, pageSize: 1 };
    const { items } = await api.modules.storage.events.list({ userId: user.id }, page);
    assert.equal(items[0]?.type, type);
    assert.partialDeepStrictEqual(items[0]?.details, { from: from.id, to: to.id });
  }
  const { items } = await api.modules.storage.outbox.list('all', { page: 1, pageSize: 2 });
  const told = items.filter(({ notice }) => notice.kind === 'app-transferred');
  const addresses = told.map(({ notice }) => notice.to);
  assert.deepEqual(addresses.toSorted(), [from.email, to.email].toSorted());
});

test('what people allowed stays, and secrets of before work until the overlap ends', async () => {
  const [from, to, user] = [await somebody(), await somebody(), await somebody()];
  const registered = await registerApp(api.modules, from);
  const { json } = await exchange(api, { user, registered });
  await transfer(registered, to, 24 * HOUR, from);
  assert.equal(await statusOf(json.access_token), 200);
  const basic = { id: registered.app.id, secret: registered.secret };
  const refresh = (refresh_token: string) =>
    postForm(`${api.base}/oauth2/token`, { grant_type: 'refresh_token', refresh_token }, basic);
  const refreshed = await refresh(json.refresh_token);
  assert.equal(refreshed.status, 200);
  api.time.now += 24 * HOUR;
  assert.equal((await refresh(refreshed.json.refresh_token)).json.error, 'invalid_client');
  const { apps } = api.modules.authorization;
  const added = await apps.addSecret(
    { id: registered.app.id, creationKey: crypto.randomUUID() },
    ownerOf(to),
  );
  assert.ok(added.outcome === 'added');
  const fresh = { id: registered.app.id, secret: added.value };
  const again = await postForm(
    `${api.base}/oauth2/token`,
    { grant_type: 'refresh_token', refresh_token: refreshed.json.refresh_token },
    fresh,
  );
  assert.equal(again.status, 200, 'the grant of the user goes on');
});

test('a token that a service got by a secret of before ends with the secret', async () => {
  const [from, to] = [await somebody(), await somebody()];
  await api.role(to, 'member', from.accountId);
  const service = await registerApp(api.modules, from, { type: 'service', accessSeconds: 7200 });
  const { json } = await ask(service);
  await transfer(service, to, HOUR, from);
  assert.equal(await statusOf(json.access_token), 200, 'in an account that they share');
  api.time.now += HOUR;
  assert.equal(await statusOf(json.access_token), 401);
  assert.equal((await ask(service)).json.error, 'invalid_client');
});

test('a service may do what the role of its new owner allows, where they are a member', async () => {
  const [from, to] = [await somebody(), await somebody()];
  const scopes = ['asset.read', 'asset.delete'];
  const service = await registerApp(api.modules, from, { type: 'service', scopes });
  await api.role(to, 'viewer');
  const before = await ask(service);
  await transfer(service, to, HOUR, from);
  assert.equal(await statusOf(before.json.access_token), 401, 'in an account that it left');
  const { json } = await ask(service);
  const calling = await api.send('/v2/token', { token: json.access_token });
  assert.deepEqual(calling.json.scopes, ['asset.read']);
  assert.equal(calling.json.account_id, to.accountId);
});

test('without an overlap, secrets and the tokens got by them end at once', async () => {
  const [from, to] = [await somebody(), await somebody()];
  const service = await registerApp(api.modules, from, { type: 'service' });
  const { json } = await ask(service);
  await transfer(service, to, 0, from);
  assert.equal(await statusOf(json.access_token), 401);
  assert.equal((await ask(service)).json.error, 'invalid_client');
});

test('nothing that the former owner ends afterwards ends the app', async () => {
  const [from, to] = [await somebody(), await somebody()];
  await api.role(to, 'member', from.accountId);
  const token = await api.token(from);
  const body = { app_type: 'service', name: 'Render farm', scopes: ['asset.read'] };
  const made = await api.send('/v2/apps', { method: 'POST', token: token.value, body });
  const app = await api.modules.storage.apps.byId(made.json.id);
  assert.ok(app !== null);
  const service = { app, secret: made.json.client_secret };
  await transfer(service, to, 24 * HOUR, from);
  const act = { id: token.id, act: 'revoke' } as const;
  await api.modules.tokens.switch(act, { ...ownerOf(from), ceiling: null });
  await api.modules.accounts.endAllAccess({ user: from, origin });
  await api.modules.accounts.setSuspended({ userId: from.id, isSuspended: true, origin });
  const { json, status } = await ask(service);
  assert.equal(status, 200);
  assert.equal(await statusOf(json.access_token), 200);
  await api.modules.accounts.endAllAccess({ user: to, origin });
  const ended = await ask(service);
  assert.deepEqual([ended.status, ended.json.error], [401, 'invalid_client'], 'with the new owner');
});

test('it is refused to everybody but operators, and to whoever cannot own it', async () => {
  const [from, to] = [await somebody(), await somebody()];
  const registered = await registerApp(api.modules, from);
  const { apps } = api.modules.authorization;
  const asked = { id: registered.app.id, toId: to.id, overlapSeconds: 0 };
  assert.equal((await apps.transfer(asked, ownerOf(from))).outcome, 'not-operator');
  const { id: tokenId } = await api.token(from);
  const ceiling = { tokenId, accountId: from.accountId, scopes: [] };
  const byToken = { ...operatorFor(from), ceiling };
  assert.equal((await apps.transfer(asked, byToken)).outcome, 'not-operator');
  assert.equal((await transfer(registered, from, 0, from)).outcome, 'same-owner');
  assert.equal((await transfer(registered, to, 8 * 24 * HOUR, from)).outcome, 'invalid-overlap');
  for (let made = 0; made < 3; made++) await registerApp(api.modules, to);
  assert.equal((await transfer(registered, to, 0, from)).outcome, 'too-many');
  const gone = await somebody();
  await api.modules.accounts.setSuspended({ userId: gone.id, isSuspended: true, origin });
  assert.equal((await transfer(registered, gone, 0, from)).outcome, 'not-eligible');
  await apps.switch({ id: registered.app.id, act: 'delete' }, ownerOf(from));
  assert.equal((await transfer(registered, await somebody(), 0, from)).outcome, 'not-found');
});

test('one of many transfers at once is carried out', async () => {
  const from = await somebody();
  const registered = await registerApp(api.modules, from);
  const others = await Promise.all(Array.from({ length: 6 }, somebody));
  const outcomes = await Promise.all(others.map((to) => transfer(registered, to, 0, from)));
  const won = outcomes.filter(({ outcome }) => outcome === 'transferred');
  assert.ok(won.length >= 1);
  const page = { page: 1, pageSize: 20 };
  const { items } = await api.modules.storage.events.list({ resourceId: registered.app.id }, page);
  const received = items.filter(({ type }) => type === 'oauth_app_received');
  assert.equal(received.length, won.length);
});
