import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { mintCredential } from '../../src/oauth/tokens/format.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { ALL, startApi, type Answer, type RunningApi } from '../support/api.ts';

let api: RunningApi;
let ada: User;

before(async () => {
  api = await startApi();
  ada = await api.user('ada@example.com');
});
after(() => api.stop());

function assertRefused(answer: Answer, status: number, reason: string): void {
  const { json } = answer;
  assert.equal(answer.status, status, answer.text);
  assert.equal(json.code, status);
  assert.equal(json.message, json.errors[0].title);
  assert.equal(json.errors[0].code, status);
  assert.equal(json.errors[0].status, status);
  assert.equal(json.errors[0].reason, reason);
  assert.equal(typeof json.errors[0].detail, 'string');
}

const challengeOf = (answer: Answer): string => answer.headers.get('www-authenticate') ?? '';

test('without a token the challenge is bare (RFC 6750 section 3.1)', async () => {
  const answer = await api.send('/v2/me');
  assertRefused(answer, 401, 'token_missing');
  assert.equal(challengeOf(answer), 'Bearer realm="Gatehouse"');
});

test('whatever is no token of this server is 401, never 400', async () => {
  const { value } = await api.token(ada);
  const broken = `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`;
  for (const authorization of [
    'Basic YWRhOnNlY3JldA==',
    'Bearer',
    'Bearer two words',
    'Bearer fio-u-abc',
    `Bearer ${broken}`,
    `Bearer ${value}, Bearer ${value}`,
    `Bearer ${'a'.repeat(5000)}`,
    value,
  ]) {
    const answer = await api.send('/v2/me', { headers: { authorization } });
    assertRefused(answer, 401, 'token_malformed');
    assert.match(
      challengeOf(answer),
      /^Bearer realm="Gatehouse", error="invalid_token", error_desc/,
    );
  }
  for (const path of [`/v2/me?access_token=${value}`, `/v2/me?token=${value}`]) {
    assertRefused(await api.send(path), 401, 'token_missing');
  }
});

test('a token that was never issued is unknown', async () => {
  const { value } = mintCredential('gate', 'pat', randomBytes);
  assertRefused(await api.send('/v2/me', { token: value }), 401, 'token_unknown');
});

test('an expired token says since when', async () => {
  const { id, value } = await api.token(ada, ALL, { lifeSeconds: 60 });
  assert.equal((await api.send('/v2/me', { token: value })).status, 200);
  api.time.now += 60;
  const answer = await api.send('/v2/me', { token: value });
  assertRefused(answer, 401, 'token_expired');
  assert.equal(answer.json.errors[0].token_id, id);
  assert.match(answer.json.errors[0].expired_at, /^2026-11-24T/);
  assert.match(
    challengeOf(answer),
    /error_description="The token expired at 2026-11-24T[\d:.]+Z\."/,
  );
});

test('disabled and revoked tokens say which, and enabling brings back only the first', async () => {
  const { value: helper } = await api.token(ada);
  const { id, value } = await api.token(ada);
  const act = (what: string) =>
    api.send(`/v2/tokens/${id}/${what}`, { method: 'POST', token: helper });
  assert.equal((await act('disable')).json.state, 'disabled');
  const disabled = await api.send('/v2/me', { token: value });
  assertRefused(disabled, 401, 'token_disabled');
  assert.ok(disabled.json.errors[0].disabled_at);
  assert.equal((await act('enable')).json.state, 'active');
  assert.equal((await api.send('/v2/me', { token: value })).status, 200);
  assert.equal(
    (await api.send(`/v2/tokens/${id}`, { method: 'DELETE', token: helper })).status,
    204,
  );
  const revoked = await api.send('/v2/me', { token: value });
  assertRefused(revoked, 401, 'token_revoked');
  assert.equal(revoked.json.errors[0].token_id, id);
  assertRefused(await act('enable'), 409, 'conflict');
});

test('suspension and a lost membership refuse at once', async () => {
  const eve = await api.user('eve@example.com');
  const { value } = await api.token(eve);
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const suspend = (isSuspended: boolean) =>
    api.modules.accounts.setSuspended({ userId: eve.id, isSuspended, origin, earlier: 'keep' });
  assert.equal((await api.send('/v2/me', { token: value })).status, 200);
  await suspend(true);
  const answer = await api.send('/v2/me', { token: value });
  assertRefused(answer, 401, 'user_suspended');
  assert.ok(answer.json.errors[0].suspended_at);
  await suspend(false);
  await api.role(eve, null);
  assertRefused(await api.send('/v2/me', { token: value }), 401, 'membership_removed');
});

test('a missing scope is named, with all that is needed and where to get it', async () => {
  const { value } = await api.token(ada, ['asset.read']);
  const answer = await api.send('/v2/accounts', { token: value });
  assertRefused(answer, 403, 'scope_missing');
  const [error] = answer.json.errors;
  assert.deepEqual(error.required_scopes, ['account.read']);
  assert.deepEqual(error.missing_scopes, ['account.read']);
  assert.deepEqual(error.missing_by_role, []);
  const url = `${api.modules.config.server.baseUrl}/tokens/new?scopes=account.read`;
  assert.equal(error.add_scopes_url, url);
  assert.match(challengeOf(answer), /error="insufficient_scope", .*scope="account\.read"/);
});

test('a lowered role narrows existing tokens and is named as the reason', async () => {
  const zoe = await api.user('zoe@example.com');
  const { value } = await api.token(zoe);
  const events = () => api.send(`/v2/users/${zoe.id}/events`, { token: value });
  assert.equal((await events()).status, 200);
  await api.role(zoe, 'viewer');
  const answer = await events();
  assertRefused(answer, 403, 'role_insufficient');
  assert.deepEqual(answer.json.errors[0].missing_by_role, ['auditlog.read']);
  assert.equal(answer.json.errors[0].add_scopes_url, null);
  assert.match(answer.json.errors[0].detail, /role viewer/);
  const self = await api.send('/v2/token', { token: value });
  assert.deepEqual(self.json.missing_by_role, ['auditlog.read', 'asset.create']);
  assert.deepEqual(self.json.scopes, ['account.read', 'team.read', 'asset.read']);
});

test('the events of an account are for its owners and admins', async () => {
  const open = await startApi((config) => ({
    ...config,
    roles: { ...config.roles, member: [...config.roles.member, 'auditlog.read'] },
  }));
  try {
    const max = await open.user('max@example.com');
    const { value } = await open.token(max);
    await open.role(max, 'member');
    const answer = await open.send(`/v2/accounts/${max.accountId}/events`, { token: value });
    assertRefused(answer, 403, 'role_insufficient');
    assert.deepEqual(answer.json.errors[0].required_roles, ['owner', 'admin']);
    const own = await open.send(`/v2/users/${max.id}/events`, { token: value });
    assert.equal(own.status, 200);
  } finally {
    await open.stop();
  }
});

test('unknown paths and methods under /v2 are told in JSON', async () => {
  const { value: token } = await api.token(ada);
  for (const [method, path] of [
    ['GET', '/v2'],
    ['GET', '/v2/projects'],
    ['GET', `/v2/teams/${'x'.repeat(400)}`],
  ] as const) {
    assertRefused(await api.send(path, { method, token }), 404, 'not_found');
  }
  const put = await api.send('/v2/me', { method: 'PUT', token });
  assertRefused(put, 405, 'method_not_allowed');
  assert.deepEqual(
    new Set(put.headers.get('allow')?.split(', ')),
    new Set(['OPTIONS', 'GET', 'HEAD']),
  );
  assert.equal((await api.send('/v2/teams/%E0%A4%A', { token })).json.code, 400);
});

test('bodies that cannot be read are told apart', async () => {
  const { value: token } = await api.token(ada);
  const post = (body: string, type = 'application/json') =>
    api.send('/v2/tokens', { method: 'POST', token, body, headers: { 'content-type': type } });
  assertRefused(await post('{"description":'), 400, 'malformed_json');
  assertRefused(await post('{"__proto__":{"a":1}}'), 400, 'malformed_json');
  assertRefused(await post('<a/>', 'text/xml'), 415, 'unsupported_media_type');
  assertRefused(await post(JSON.stringify({ description: 'x'.repeat(70_000) })), 413, 'too_large');
  assertRefused(await post('[]'), 422, 'invalid_arguments');
  assertRefused(await api.send('/v2/tokens', { method: 'POST', token }), 422, 'invalid_arguments');
});

test('nobody without a token learns what a body lacks', async () => {
  const answer = await api.send('/v2/tokens', { method: 'POST', body: '{' });
  assertRefused(answer, 401, 'token_missing');
});

test('a failing database is 500 in the same shape and tells nothing of the inside', async () => {
  const failing = await startApi();
  try {
    const { value: token } = await failing.token(await failing.user('ada@example.com'));
    const { users } = failing.modules.accounts.reads;
    Object.assign(users, { byId: () => Promise.reject(new Error('SQLITE_FULL at /var/lib')) });
    const answer = await failing.send('/v2/me', { token });
    assertRefused(answer, 500, 'internal_error');
    assert.ok(answer.json.errors[0].request_id);
    assert.doesNotMatch(answer.text, /SQLITE|var/);
  } finally {
    await failing.stop();
  }
});
