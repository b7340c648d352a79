import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Role, User } from '../../src/identity/types.ts';
import { ALL, startApi, type RunningApi } from '../support/api.ts';

let api: RunningApi;
let ada: User;

before(async () => {
  api = await startApi((config) => ({
    ...config,
    tokens: { ...config.tokens, mostPerUser: 10_000 },
    rateLimit: { ...config.rateLimit, requests: 100_000 },
  }));
  ada = await api.user('ada@example.com');
});
after(() => api.stop());

const form = (rest: object = {}) => ({
  description: 'by API',
  scopes: ['asset.read'],
  expires_in: null,
  ...rest,
});

const create = (token: string, body: unknown, headers: Record<string, string> = {}) =>
  api.send('/v2/tokens', { method: 'POST', token, body, headers });

const fieldsOf = (answer: { json: { errors: { field: string }[] } }) =>
  answer.json.errors.map(({ field }) => field);

test('a token is made with its secret once, in the shape of every other', async () => {
  const { value } = await api.token(ada);
  const made = await create(value, form());
  assert.equal(made.status, 201);
  assert.match(made.json.token, /^gate_pat_[0-9A-Za-z]{48}$/);
  const { token: secret, ...rest } = made.json;
  const shown = await api.send(`/v2/tokens/${made.json.id}`, { token: value });
  assert.deepEqual(shown.json, rest);
  for (const { text } of [shown, await api.send('/v2/tokens', { token: value })]) {
    assert.ok(!text.includes(secret));
    assert.ok(!text.includes('secret_hash'));
  }
});

test('whose token it becomes is never taken from the request', async () => {
  const { value } = await api.token(ada);
  const eve = await api.user('eve@example.com');
  for (const extra of [
    { user_id: eve.id },
    { userId: eve.id },
    { made_by_id: null },
    { owner: eve.id },
    { id: '000000000000' },
  ]) {
    const refused = await create(value, form(extra));
    assert.equal(refused.status, 422, JSON.stringify(extra));
    assert.deepEqual(fieldsOf(refused), Object.keys(extra));
  }
  const foreign = await create(value, form({ account_id: eve.accountId }));
  assert.equal(foreign.status, 422);
  assert.ok(fieldsOf(foreign).includes('account_id'));
  const made = await create(value, form({ account_id: ada.accountId }));
  assert.equal(made.json.user_id, ada.id);
  // Being a member there does not help: the token belongs to one account.
  await api.role(ada, 'admin', eve.accountId);
  assert.equal((await create(value, form({ account_id: eve.accountId }))).status, 422);
});

test('a token makes nothing that outlives it', async () => {
  const { value } = await api.token(ada, ALL, { lifeSeconds: 3600 });
  for (const expires_in of [null, 3601, 1e12]) {
    const refused = await create(value, form({ expires_in }));
    assert.equal(refused.status, 422, String(expires_in));
    assert.deepEqual(fieldsOf(refused), ['expires_in']);
  }
  const made = await create(value, form({ expires_in: 3600 }));
  assert.equal(made.status, 201);
  const other = await api.token(ada);
  const rotated = await api.send(`/v2/tokens/${other.id}/rotate`, {
    method: 'POST',
    token: value,
    body: { overlap_seconds: 0 },
  });
  assert.equal(rotated.status, 422, 'nor by rotating one that never ends');
});

const scopeSet = fc.uniqueArray(fc.constantFrom(...ALL), { minLength: 1 });

test('what a token makes is within its scopes and the role, whatever is asked', async () => {
  const bob = await api.user('bob@example.com');
  await fc.assert(
    fc.asyncProperty(scopeSet, scopeSet, async (held, asked) => {
      const parent = await api.token(bob, held);
      const { status, json } = await create(parent.value, form({ scopes: asked }));
      const isWithin = asked.every((scope) => held.includes(scope));
      assert.equal(status, isWithin ? 201 : 422);
      if (status === 201) assert.deepEqual(new Set(json.scopes), new Set(asked));
    }),
    { numRuns: 60 },
  );
});

test('what a token may do is its scopes and the role together, at every moment', async () => {
  const joe = await api.user('joe@example.com');
  const role = fc.constantFrom<Role>('owner', 'admin', 'member', 'viewer');
  await fc.assert(
    fc.asyncProperty(scopeSet, role, async (held, as) => {
      await api.role(joe, 'owner');
      const { value } = await api.token(joe, held);
      await api.role(joe, as);
      const { json } = await api.send('/v2/token', { token: value });
      const allowed = api.modules.config.roles[as];
      const may = held.filter((scope) => allowed.includes(scope));
      assert.deepEqual(new Set(json.scopes), new Set(may));
      assert.deepEqual(new Set(json.token_scopes), new Set(held));
      const teams = await api.send('/v2/teams', { token: value });
      assert.equal(teams.status, may.includes('team.read') ? 200 : 403);
    }),
    { numRuns: 40 },
  );
});

test('a token neither sees, changes nor counts one that is wider than itself', async () => {
  const kim = await api.user('kim@example.com');
  const wide = await api.token(kim, ALL);
  const narrow = await api.token(kim, ['asset.read']);
  const list = await api.send('/v2/tokens', { token: narrow.value });
  assert.equal(list.headers.get('total'), '1');
  const path = `/v2/tokens/${wide.id}`;
  const change = { description: 'mine now' };
  for (const sent of [
    { path },
    { path, method: 'PATCH', body: change },
    { path, method: 'DELETE' },
    { path: `${path}/disable`, method: 'POST' },
    { path: `${path}/rotate`, method: 'POST', body: { overlap_seconds: 0 } },
  ]) {
    const { status } = await api.send(sent.path, { ...sent, token: narrow.value });
    assert.equal(status, 404, `${sent.method ?? 'GET'} ${sent.path}`);
  }
  assert.equal((await api.send('/v2/me', { token: wide.value })).status, 200);
});

test('scopes only ever narrow, and a change says what it cannot do', async () => {
  const { id, value } = await api.token(ada, ['asset.read', 'team.read']);
  const patch = (body: unknown) =>
    api.send(`/v2/tokens/${id}`, { method: 'PATCH', token: value, body });
  assert.deepEqual(fieldsOf(await patch({ scopes: ['asset.read', 'asset.create'] })), ['scopes']);
  assert.equal((await patch({ expires_in: null })).status, 422);
  assert.equal((await patch({})).status, 422);
  assert.equal((await patch({ description: '   ' })).status, 422);
  const renamed = await patch({ description: ' renamed ', scopes: ['asset.read'] });
  assert.equal(renamed.status, 200);
  assert.equal(renamed.json.description, 'renamed');
  assert.deepEqual(renamed.json.scopes, ['asset.read']);
  assert.equal((await api.send('/v2/teams', { token: value })).status, 403);
});

test('unknown scopes and those of apps are errors', async () => {
  const { value } = await api.token(ada);
  for (const scope of ['everything', 'offline', '*', 'asset.*', 'ASSET.READ', '']) {
    const refused = await create(value, form({ scopes: [scope] }));
    assert.equal(refused.status, 422, scope);
    assert.deepEqual(fieldsOf(refused), ['scopes']);
  }
});

test('fifty requests with one Idempotency-Key make one token', async () => {
  const { value } = await api.token(ada);
  const headers = { 'idempotency-key': 'job 7' };
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => create(value, form(), headers)),
  );
  const made = answers.filter(({ status }) => status === 201);
  assert.equal(made.length, 1);
  for (const { status, json } of answers) {
    if (status === 201) continue;
    assert.equal(status, 409);
    assert.equal(json.errors[0].reason, 'token_already_created');
    assert.equal(json.errors[0].token_id, made[0]?.json.id);
  }
});

test('fifty rotations with one Idempotency-Key make one successor', async () => {
  const { id, value } = await api.token(ada);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      api.send(`/v2/tokens/${id}/rotate`, {
        method: 'POST',
        token: value,
        body: { overlap_seconds: 3600 },
        headers: { 'idempotency-key': 'turn' },
      }),
    ),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.ok(answers.every(({ status }) => status === 201 || status === 409));
});

test('a key of one person means nothing to another', async () => {
  const eva = await api.user('eva@example.com');
  const headers = { 'idempotency-key': 'shared' };
  const mine = await create((await api.token(ada)).value, form(), headers);
  const theirs = await create((await api.token(eva)).value, form(), headers);
  assert.deepEqual([mine.status, theirs.status], [201, 201]);
});

test('what has ended cannot be brought back, disabled or rotated', async () => {
  const { value: helper } = await api.token(ada);
  const { id } = await api.token(ada, ALL, { lifeSeconds: 30 });
  api.time.now += 30;
  for (const act of ['enable', 'disable', 'rotate']) {
    const { status, json } = await api.send(`/v2/tokens/${id}/${act}`, {
      method: 'POST',
      token: helper,
      ...(act === 'rotate' && { body: { overlap_seconds: 0 } }),
    });
    assert.deepEqual([status, json.errors[0].reason], [409, 'conflict'], act);
  }
});
