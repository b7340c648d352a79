import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startApi, type RunningApi } from '../support/api.ts';
import { exchange, registerApp } from '../support/oauth.ts';

const REQUESTS = 10;
let api: RunningApi;
let nextUser = 0;

before(async () => {
  api = await startApi((config) => ({
    ...config,
    rateLimit: {
      requests: REQUESTS,
      failures: REQUESTS,
      windowSeconds: 60,
      changesPerDay: 1_000_000,
    },
  }));
});
after(() => api.stop());

const newUser = () => api.user(`u${nextUser++}@example.com`);
const count = (answers: readonly { status: number }[], status: number) =>
  answers.filter((answer) => answer.status === status).length;
const many = <Result>(length: number, act: () => Promise<Result>) =>
  Promise.all(Array.from({ length }, act));

test('exactly as many requests as allowed are answered, however many come at once', async () => {
  const { value } = await api.token(await newUser());
  const answers = await many(40, () => api.send('/v2/me', { token: value }));
  assert.equal(count(answers, 200), REQUESTS);
  assert.equal(count(answers, 429), 40 - REQUESTS);
  const left = answers
    .filter(({ status }) => status === 200)
    .map(({ headers }) => Number(headers.get('x-ratelimit-remaining')));
  assert.deepEqual(
    left.sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  for (const { headers } of answers) {
    assert.equal(headers.get('x-ratelimit-limit'), String(REQUESTS));
    assert.equal(headers.get('x-ratelimit-window'), '60000');
  }
});

test('a refused request costs nothing, and the bucket leaks one at a time', async () => {
  const { value } = await api.token(await newUser());
  const get = () => api.send('/v2/me', { token: value });
  await many(REQUESTS, get);
  const refused = await get();
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get('retry-after'), '6');
  assert.equal(refused.json.errors[0].retry_after_seconds, 6);
  await many(20, get);
  api.time.now += 6;
  assert.equal(count(await many(5, get), 200), 1);
  api.time.now += 60;
  assert.equal(count(await many(20, get), 200), REQUESTS);
});

test('the bucket is one for all tokens of a user, and another for every endpoint', async () => {
  const user = await newUser();
  const one = await api.token(user);
  const two = await api.token(user);
  await many(REQUESTS / 2, () => api.send('/v2/me', { token: one.value }));
  const rest = await many(REQUESTS, () => api.send('/v2/me', { token: two.value }));
  assert.equal(count(rest, 200), REQUESTS / 2);
  assert.equal((await api.send('/v2/token', { token: one.value })).status, 200);
  const stranger = await api.token(await newUser());
  assert.equal((await api.send('/v2/me', { token: stranger.value })).status, 200);
});

test('a call that lacks a scope is counted once, as any other', async () => {
  const { value } = await api.token(await newUser(), ['asset.read']);
  const answers = await many(REQUESTS + 5, () => api.send('/v2/teams', { token: value }));
  assert.equal(count(answers, 403), REQUESTS);
  assert.equal(count(answers, 429), 5);
});

test('strangers share the bucket of their address and leave those of users alone', async () => {
  const { value } = await api.token(await newUser());
  api.time.now += 60;
  const answers = await many(30, () => api.send('/v2/me', { token: 'nonsense' }));
  assert.equal(count(answers, 401), REQUESTS);
  const unknown = await api.send('/v2/nothing', { token: value });
  assert.equal(unknown.status, 429, 'unknown paths are for strangers too');
  assert.equal((await api.send('/v2/me', { token: value })).status, 200);
});

test('all apps that one person allowed share that person’s bucket, and no other person’s', async () => {
  const user = await newUser();
  const values = [];
  for (let number = 0; number < 2; number++) {
    const registered = await registerApp(api.modules, await newUser());
    const { json } = await exchange(api, { user, registered });
    values.push(String(json.access_token));
  }
  const { value } = await api.token(user);
  values.push(value);
  const answers = await Promise.all(
    values.flatMap((token) =>
      Array.from({ length: REQUESTS / 2 }, () => api.send('/v2/me', { token })),
    ),
  );
  assert.equal(count(answers, 200), REQUESTS);
  const other = await api.token(await newUser());
  assert.equal((await api.send('/v2/me', { token: other.value })).status, 200);
});
