import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startApi, type RunningApi } from '../support/api.ts';

const DAY = 86_400;

let api: RunningApi;
/** What the operator sets later; the modules read it whenever they ask. */
const policy: { longestLifeDays: number | null; allowNever: boolean; mostPerUser: number } = {
  longestLifeDays: null,
  allowNever: true,
  mostPerUser: 100,
};
before(async () => {
  api = await startApi((config) => ({ ...config, tokens: policy }));
});
after(() => api.stop());

test('a longest life that is set later reaches tokens that exist, and tells their owners in time', async () => {
  const user = await api.user('ada@example.com');
  const never = await api.token(user, ['asset.read']);
  const short = await api.token(user, ['asset.read'], { lifeSeconds: 3 * DAY });
  assert.equal(await api.modules.tokens.shortenLives(), 0);
  api.time.now += 60 * DAY;
  policy.longestLifeDays = 30;
  policy.allowNever = false;
  assert.equal(await api.modules.tokens.shortenLives(), 1);
  const { tokens, events, outbox } = api.modules.storage;
  assert.equal((await tokens.byId(never.id))?.expiresAt, api.time.now + 7 * DAY);
  const history = await events.list({ resourceId: never.id }, { page: 1, pageSize: 10 });
  const [latest] = history.items;
  assert.equal(latest?.source, 'system');
  assert.equal(latest?.details['longest_life_days'], 30);
  await api.modules.tokens.sendExpiryNotices();
  const { items } = await outbox.list('all', { page: 1, pageSize: 10 });
  assert.ok(
    items.some(({ notice }) => notice.kind === 'token-expires' && notice.tokenId === never.id),
  );
  assert.equal((await api.send('/v2/me', { token: never.value })).status, 200);
  assert.equal(await api.modules.tokens.shortenLives(), 0);
  api.time.now += 7 * DAY;
  const refused = await api.send('/v2/me', { token: never.value });
  assert.equal(refused.json.errors[0].reason, 'token_expired');
  assert.notEqual((await tokens.byId(short.id))?.expiresAt, null);
});
