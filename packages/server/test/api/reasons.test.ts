/** Every reason that the API knows, reached over HTTP. The table is complete by its type. */
import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { REASONS, type ApiReason } from '../../src/api/refusal.ts';
import type { User } from '../../src/identity/types.ts';
import { mintCredential } from '../../src/oauth/tokens/format.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { appToken, registerApp, serviceToken } from '../support/oauth.ts';
import { ALL, startApi, type Answer, type RunningApi } from '../support/api.ts';
import { addSecond, SECOND } from '../support/second-resource.ts';

const MOST = 6;
const PER_MINUTE = 40;

let api: RunningApi;
let nextUser = 0;

before(async () => {
  api = await startApi((config) => ({
    ...config,
    tokens: { ...config.tokens, mostPerUser: MOST },
    rateLimit: {
      requests: PER_MINUTE,
      failures: PER_MINUTE,
      windowSeconds: 60,
      changesPerDay: 1_000_000,
    },
  }));
});
after(() => api.stop());

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

async function person(): Promise<{ user: User; token: string; id: string }> {
  const user = await api.user(`u${nextUser++}@example.com`);
  const { value: token, id } = await api.token(user);
  return { user, token, id };
}

const me = (token?: string) => api.send('/v2/me', { token });
const post = (path: string, token: string, body?: unknown, headers?: Record<string, string>) =>
  api.send(path, { method: 'POST', token, body, ...(headers !== undefined && { headers }) });
const form = (rest: object = {}) => ({
  description: 'by API',
  scopes: ['asset.read'],
  expires_in: 3600,
  ...rest,
});

const SERVICE = { app_type: 'service', name: 'Render farm', scopes: ['asset.read'] };

async function ended(
  act: (tokens: RunningApi['modules']['tokens'], id: string) => Promise<unknown>,
) {
  const { token, id } = await person();
  await act(api.modules.tokens, id);
  return me(token);
}

/** The store fails, for one request. */
async function failing(error: Error): Promise<Answer> {
  const { token } = await person();
  const fails = mock.method(api.modules.accounts.reads.users, 'byId', async () => {
    throw error;
  });
  try {
    return await me(token);
  } finally {
    fails.mock.restore();
  }
}

const WAYS: Readonly<Record<ApiReason, () => Promise<Answer>>> = {
  token_missing: () => me(),
  token_malformed: () => me('fio-u-0123456789'),
  token_unknown: () => me(mintCredential('gate', 'pat', randomBytes).value),
  wrong_audience: async () => {
    addSecond(api.modules.catalogues);
    const { user } = await person();
    const { value } = await api.token(user, ALL, { resources: [SECOND.id] });
    return me(value);
  },
  token_expired: async () => {
    const { user } = await person();
    const { value } = await api.token(user, ALL, { lifeSeconds: 1 });
    api.time.now += 1;
    return me(value);
  },
  token_disabled: async () => {
    const { user, token, id } = await person();
    await api.modules.tokens.switch({ id, act: 'disable' }, { user, origin, ceiling: null });
    return me(token);
  },
  token_revoked: () => ended((tokens, id) => tokens.revokeForOwner({ id, by: 'root' }, { origin })),
  token_exposed: () => ended((tokens, id) => tokens.exposeForOwner({ id, by: 'scan' }, { origin })),
  user_suspended: async () => {
    const { user, token } = await person();
    await api.modules.accounts.setSuspended({ userId: user.id, isSuspended: true, origin });
    return me(token);
  },
  membership_removed: async () => {
    const { user, token } = await person();
    await api.role(user, null);
    return me(token);
  },
  grant_revoked: async () => {
    const { value, grantId, user } = await appToken(api);
    await api.modules.authorization.consent.disconnect({
      grantId,
      userId: user.id,
      appName: 'x',
      origin,
    });
    return me(value);
  },
  app_disabled: async () => {
    const { value, app, user } = await appToken(api);
    const actor = { user, origin, isOperator: false, ceiling: null };
    await api.modules.authorization.apps.switch({ id: app.id, act: 'disable' }, actor);
    return me(value);
  },
  user_required: async () => me((await serviceToken(api)).value),
  developer_token_required: async () =>
    api.send('/v2/tokens', { token: (await appToken(api)).value }),
  scope_missing: async () => {
    const { user } = await person();
    const { value } = await api.token(user, ['asset.read']);
    return api.send('/v2/teams', { token: value });
  },
  role_insufficient: async () => {
    const { user, token } = await person();
    await api.role(user, 'viewer');
    return api.send(`/v2/users/${user.id}/events`, { token });
  },
  email_unverified: async () => {
    const { user, token } = await person();
    await api.modules.storage.users.update(user.id, { emailVerifiedAt: null });
    return post('/v2/tokens', token, form());
  },
  registration_closed: async () => {
    const closed = await startApi((config) => ({
      ...config,
      apps: { ...config.apps, registration: 'operators' },
    }));
    await closed.user('operator@example.com');
    const { value } = await closed.token(await closed.user('ada@example.com'));
    const answer = await closed.send('/v2/apps', { method: 'POST', token: value, body: SERVICE });
    await closed.stop();
    return answer;
  },
  app_already_created: async () => {
    const { token } = await person();
    const headers = { 'idempotency-key': 'same' };
    await api.send('/v2/apps', { method: 'POST', token, headers, body: SERVICE });
    return api.send('/v2/apps', { method: 'POST', token, headers, body: SERVICE });
  },
  secret_already_created: async () => {
    const { user, token } = await person();
    const { app } = await registerApp(api.modules, user);
    const headers = { 'idempotency-key': 'same' };
    const path = `/v2/apps/${app.id}/secrets`;
    await api.send(path, { method: 'POST', token, headers });
    return api.send(path, { method: 'POST', token, headers });
  },
  too_many_apps: async () => {
    const { user, token } = await person();
    const { mostPerUser } = api.modules.config.apps;
    for (let count = 0; count < mostPerUser; count++) await registerApp(api.modules, user);
    return post('/v2/apps', token, SERVICE);
  },
  too_many_secrets: async () => {
    const { user, token } = await person();
    const { app } = await registerApp(api.modules, user);
    const add = () => api.send(`/v2/apps/${app.id}/secrets`, { method: 'POST', token });
    for (let count = 1; count < 5; count++) await add();
    return add();
  },
  day_limit_reached: async () => {
    const { user, token } = await person();
    for (let n = 1; n < MOST * 10; n++) {
      const { id } = await api.token(user);
      await api.modules.tokens.switch({ id, act: 'revoke' }, { user, origin, ceiling: null });
    }
    return post('/v2/tokens', token, form());
  },
  not_found: async () => api.send('/v2/tokens/000000000000', { token: (await person()).token }),
  method_not_allowed: () => api.send('/v2/me', { method: 'PUT' }),
  conflict: async () => {
    const { token, user } = await person();
    const { id } = await api.token(user);
    await api.send(`/v2/tokens/${id}`, { method: 'DELETE', token });
    return post(`/v2/tokens/${id}/enable`, token);
  },
  token_already_created: async () => {
    const { token } = await person();
    const key = { 'idempotency-key': 'the first' };
    assert.equal((await post('/v2/tokens', token, form(), key)).status, 201);
    return post('/v2/tokens', token, form(), key);
  },
  token_already_rotated: async () => {
    const { token, id } = await person();
    const key = { 'idempotency-key': 'the second' };
    const rotate = () => post(`/v2/tokens/${id}/rotate`, token, { overlap_seconds: 3600 }, key);
    assert.equal((await rotate()).status, 201);
    return rotate();
  },
  too_many_tokens: async () => {
    const { token } = await person();
    for (let n = 1; n < MOST; n++) {
      assert.equal((await post('/v2/tokens', token, form())).status, 201);
    }
    return post('/v2/tokens', token, form());
  },
  invalid_arguments: async () => post('/v2/tokens', (await person()).token, form({ scopes: [] })),
  malformed_json: async () => post('/v2/tokens', (await person()).token, '{'),
  bad_request: async () =>
    post('/v2/tokens/x/disable', (await person()).token, 'a=%zz', {
      'content-type': 'application/x-www-form-urlencoded',
    }),
  bad_url: async () => api.send('/v2/tokens/%E0%A4%A', { token: (await person()).token }),
  unsupported_media_type: async () =>
    post('/v2/tokens', (await person()).token, '<a/>', { 'content-type': 'text/xml' }),
  too_large: async () =>
    post('/v2/tokens', (await person()).token, form({ description: 'x'.repeat(70_000) })),
  rate_limited: async () => {
    const { token } = await person();
    for (let n = 0; n < PER_MINUTE; n++) assert.equal((await me(token)).status, 200);
    return me(token);
  },
  temporarily_unavailable: () =>
    failing(Object.assign(new Error('the queue is full'), { isTemporary: true })),
  outcome_unknown: () =>
    failing(Object.assign(new Error('lost'), { isTemporary: true, isUncertain: true })),
  internal_error: () => failing(new Error('disk full at /var/lib')),
};

for (const [reason, way] of Object.entries(WAYS)) {
  test(`${reason} is told in one shape`, async () => {
    // Strangers share one bucket; the tests before must not have emptied it.
    api.time.now += 60;
    const answer = await way();
    const { status, title } = REASONS[reason as ApiReason];
    assert.equal(answer.status, status, answer.text);
    const { code, message, errors } = answer.json;
    assert.equal(code, status);
    assert.equal(message, title);
    assert.equal(errors[0].code, status);
    assert.equal(errors[0].status, status);
    assert.equal(errors[0].title, title);
    assert.equal(errors[0].reason, reason);
    assert.ok(errors[0].detail.length > 10);
    assert.doesNotMatch(answer.text, /var\/lib|queue|\.ts\b/);
    const isChallenged = answer.headers.get('www-authenticate')?.startsWith('Bearer realm=');
    assert.equal(isChallenged === true, status === 401 || /^(scope|role)_/.test(reason));
    if (status === 429 || status === 503) {
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    }
  });
}
