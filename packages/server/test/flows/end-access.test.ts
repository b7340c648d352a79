import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { endGrants } from '../../src/compose/jobs.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { addConnections } from '../support/crowd.ts';
import { exchange, postForm, registerApp } from '../support/oauth.ts';
import { linkTo, PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';

let running: RunningApp;
before(async () => {
  running = await startApp();
});
after(() => running.stop());

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

/** A developer token and an app's access and refresh token of one person. */
async function accessOf(email: string) {
  const visitor = await signUp(running, email);
  const user = await running.app.storage.users.byEmail(email);
  assert.ok(user);
  const made = await running.app.tokens.create(
    {
      description: 'nightly export',
      scopes: ['asset.read'],
      lifeSeconds: null,
      accountId: user.accountId,
      creationKey: email,
    },
    { user, origin, ceiling: null },
  );
  assert.equal(made.outcome, 'created');
  const place = { base: running.base, modules: running.app };
  const registered = await registerApp(running.app, user);
  const { json } = await exchange(place, { user, registered });
  return {
    visitor,
    user,
    registered,
    refreshToken: json.refresh_token,
    tokens: [made.outcome === 'created' ? made.value : '', json.access_token],
  };
}

const statusOf = async (token: string): Promise<number> =>
  (await fetch(`${running.base}/v2/me`, { headers: { authorization: `Bearer ${token}` } })).status;

const eventsOf = async ({ id: userId }: User): Promise<readonly string[]> => {
  const { items } = await running.app.storage.events.list({ userId }, { page: 1, pageSize: 50 });
  return items.map(({ type }) => type);
};

test('ending all access asks first, then refuses every token and app at once; the browser stays', async () => {
  const { visitor, user, tokens } = await accessOf('emergency@example.com');
  for (const token of tokens) assert.equal(await statusOf(token), 200);
  const question = await visitor.get('/account/access');
  assert.match(question.text, /This cannot be undone/);
  const page = await visitor.submit('/account/access/end');
  assert.match(page.text, /All tokens are revoked and all apps disconnected/);
  for (const token of tokens) assert.equal(await statusOf(token), 401);
  assert.ok((await eventsOf(user)).includes('access_ended'));
});

test('a new password leaves tokens alone, unless it is asked to end them too', async () => {
  for (const [email, fields, status] of [
    ['calm@example.com', {}, 200],
    ['afraid@example.com', { end_access: 'on' }, 401],
  ] as const) {
    const { visitor, tokens } = await accessOf(email);
    await visitor.get('/forgot-password');
    await visitor.submit('/forgot-password', { email });
    const link = new URL(await linkTo(running, email, '/reset-password'));
    await visitor.get(link.pathname + link.search);
    await visitor.submit('/reset-password', { password: `${PASSWORD} again`, ...fields });
    for (const token of tokens) assert.equal(await statusOf(token), status, email);
  }
});

/** More than end by one transaction, on a database whose jobs never run. */
async function manyConnections(email: string) {
  const person = await accessOf(email);
  const { user, registered, tokens, refreshToken } = person;
  const key = { userId: user.id, clientId: registered.app.id, accountId: user.accountId };
  const grant = await running.app.storage.grants.find(key);
  assert.ok(grant);
  const database = await openSqlite(running.app.config.storage.dataDirectory);
  await addConnections(database, { grantId: grant.id, count: 150 });
  await database.close();
  const refresh = () =>
    postForm(
      `${running.base}/oauth2/token`,
      { grant_type: 'refresh_token', refresh_token: refreshToken },
      { id: registered.app.id, secret: registered.secret },
    );
  const isLive = async (): Promise<boolean> =>
    (await running.app.storage.grants.byId(grant.id))?.revokedAt === null;
  return { ...person, token: tokens[1] ?? '', refresh, isLive };
}

test('somebody with many connected apps ends them all at once, and connects one anew', async () => {
  const { visitor, user, registered, token, refresh, isLive } =
    await manyConnections('busy@example.com');
  assert.match((await visitor.get('/connections')).text, /Cutting Room/);
  await visitor.get('/account/access');
  await visitor.submit('/account/access/end');
  assert.ok(await isLive(), 'the rows wait for the job');
  assert.equal(await statusOf(token), 401);
  const refused = await refresh();
  assert.deepEqual([refused.status, refused.json.error], [400, 'invalid_grant']);
  assert.doesNotMatch((await visitor.get('/connections')).text, /Cutting Room/);
  const { json } = await exchange(
    { base: running.base, modules: running.app },
    { user, registered },
  );
  assert.equal(await statusOf(json.access_token), 200);
  await endGrants(running.app);
  assert.equal(await statusOf(json.access_token), 200);
  assert.equal(await statusOf(token), 401);
  assert.equal(await isLive(), false);
});

test('what was ended when a membership was given back does not come back with the next one', async () => {
  const { user, token, refresh, isLive } = await manyConnections('returning@example.com');
  const { changeRole } = running.app.accounts;
  const change = { userId: user.id, accountId: user.accountId, origin };
  const give = (earlier?: 'end' | 'keep') => changeRole({ ...change, role: 'admin', earlier });
  await changeRole({ ...change, role: null });
  const asked = await give();
  assert.ok(asked.outcome === 'undecided');
  assert.equal(asked.living.grants.total, 151);
  assert.equal((await give('end')).outcome, 'changed');
  assert.ok(await isLive(), 'the rows wait for the job');
  await changeRole({ ...change, role: null });
  const again = await give();
  assert.equal(again.outcome, 'changed', 'nothing is left to ask about');
  assert.equal(await statusOf(token), 401);
  assert.equal((await refresh()).status, 400);
});
