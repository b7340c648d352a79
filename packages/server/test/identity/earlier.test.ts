/** Access that is given back brings nothing of before back without a word. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Earlier } from '../../src/identity/accounts/earlier.ts';
import type { User } from '../../src/identity/types.ts';
import { startApi, type RunningApi } from '../support/api.ts';
import { exchange, postForm, registerApp } from '../support/oauth.ts';

let api: RunningApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
let count = 0;

/** Somebody with a token, one that it made, a service that acts, and an app that they connected. */
async function somebody() {
  const user = await api.user(`somebody${count++}@example.com`);
  const token = await api.token(user);
  const body = { description: 'made by API', scopes: ['asset.read'], expires_in: 3600 };
  const made = await api.send('/v2/tokens', { method: 'POST', token: token.value, body });
  const service = await registerApp(api.modules, user, { type: 'service' });
  const basic = { id: service.app.id, secret: service.secret };
  const ask = () =>
    postForm(`${api.base}/oauth2/token`, { grant_type: 'client_credentials' }, basic);
  const acting = await ask();
  const registered = await registerApp(api.modules, await api.user(`dev${count++}@example.com`));
  const { json } = await exchange({ base: api.base, modules: api.modules }, { user, registered });
  const values = [token.value, made.json.token, acting.json.access_token, json.access_token];
  const statuses = () =>
    Promise.all(
      values.map(async (value) => (await api.send('/v2/token', { token: value })).status),
    );
  return { user, statuses, ask };
}

const all = (status: number) => [status, status, status, status];

type Act = (user: User, earlier?: Earlier) => Promise<unknown>;

const WAYS: Readonly<Record<string, { readonly take: Act; readonly give: Act }>> = {
  'a membership': {
    take: ({ id: userId, accountId }) =>
      api.modules.accounts.changeRole({ userId, accountId, role: null, origin }),
    give: ({ id: userId, accountId }, earlier) =>
      api.modules.accounts.changeRole({ userId, accountId, role: 'owner', origin, earlier }),
  },
  'a suspension': {
    take: ({ id: userId }) =>
      api.modules.accounts.setSuspended({ userId, isSuspended: true, origin }),
    give: ({ id: userId }, earlier) =>
      api.modules.accounts.setSuspended({ userId, isSuspended: false, origin, earlier }),
  },
};

const noticeTo = async ({ email }: User) => {
  const { items } = await api.modules.storage.outbox.list('all', { page: 1, pageSize: 200 });
  return items
    .map(({ notice }) => notice)
    .filter(({ kind, to }) => kind === 'access-returned' && to === email);
};

for (const [name, { take, give }] of Object.entries(WAYS)) {
  test(`${name} that ends is undecided as long as nobody says what becomes of what was there`, async () => {
    const { user, statuses } = await somebody();
    assert.deepEqual(await statuses(), all(200));
    await take(user);
    assert.deepEqual(await statuses(), all(401));
    const outcome = await give(user);
    assert.ok(typeof outcome === 'object' && outcome !== null && 'living' in outcome);
    const { living } = outcome as { living: Record<string, { total: number }> };
    const counts = Object.fromEntries(
      Object.entries(living).map(([kind, list]) => [kind, list.total]),
    );
    assert.deepEqual(counts, { tokens: 2, services: 1, grants: 1 });
    assert.deepEqual(await statuses(), all(401), 'nothing was changed');
    assert.deepEqual(await noticeTo(user), []);
  });

  test(`${name} that ends can end all of it, for good`, async () => {
    const { user, statuses, ask } = await somebody();
    await take(user);
    await give(user, 'end');
    assert.deepEqual(await statuses(), all(401));
    assert.equal((await ask()).status, 401);
    const [notice] = await noticeTo(user);
    assert.partialDeepStrictEqual(notice, { earlier: 'end', tokens: 2, services: 1, grants: 1 });
    const page = { page: 1, pageSize: 3 };
    const { items } = await api.modules.storage.events.list({ userId: user.id }, page);
    assert.ok(
      items.some(({ type, details }) => type === 'access_ended' && details['tokens'] === 2),
    );
    assert.ok(items.some(({ details }) => details['earlier'] === 'end'));
    await take(user);
    const again = await give(user);
    assert.ok(again === 'changed' || (again as { outcome: string }).outcome === 'changed');
  });

  test(`${name} that ends can bring all of it back, and its owner is told`, async () => {
    const { user, statuses } = await somebody();
    await take(user);
    await give(user, 'keep');
    assert.deepEqual(await statuses(), all(200));
    const [notice] = await noticeTo(user);
    assert.partialDeepStrictEqual(notice, { earlier: 'keep', tokens: 2, services: 1, grants: 1 });
  });
}

test('a membership that is given back in one account touches nothing of another', async () => {
  const { user, statuses } = await somebody();
  const other = await api.user(`other${count++}@example.com`);
  const change = { userId: user.id, accountId: other.accountId, origin };
  await api.modules.accounts.changeRole({ ...change, role: 'member' });
  const there = await api.token(user, ['asset.read'], { accountId: other.accountId });
  await api.modules.accounts.changeRole({ ...change, role: null });
  const asked = await api.modules.accounts.changeRole({ ...change, role: 'member' });
  assert.ok(asked.outcome === 'undecided');
  assert.deepEqual(
    asked.living.tokens.first.map(({ id }) => id),
    [there.id],
  );
  await api.modules.accounts.changeRole({ ...change, role: 'member', earlier: 'end' });
  assert.equal((await api.send('/v2/token', { token: there.value })).status, 401);
  assert.deepEqual(await statuses(), all(200));
});
