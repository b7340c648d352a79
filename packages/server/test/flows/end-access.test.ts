import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../src/accounts/types.ts';
import { exchange, registerApp } from '../support/oauth.ts';
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
  const place = { base: running.base, rooms: running.app };
  const registered = await registerApp(running.app, user);
  const { json } = await exchange(place, { user, registered });
  return {
    visitor,
    user,
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
