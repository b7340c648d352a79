import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { ALL, startApi, type RunningApi } from '../support/api.ts';

let api: RunningApi;
let ada: User;
let token: string;

before(async () => {
  api = await startApi();
  ada = await api.user('ada@example.com');
  ({ value: token } = await api.token(ada));
});
after(() => api.stop());

const get = (path: string) => api.send(path, { token });
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test('GET /v2/me answers every key that programs of Frame.io know, absent ones as null', async () => {
  const { status, json } = await get('/v2/me');
  assert.equal(status, 200);
  const keys =
    '_type id account_id email name bio context deleted_at digest_frequency email_confirm_by email_preferences features_seen first_login_at from_google image_32 image_64 image_128 image_256 profile_image profile_image_original inserted_at joined_via last_seen location mfa_enforced_at next_digest_date phone timezone_value updated_at upload_url user_default_color user_hash roles';
  assert.deepEqual(Object.keys(json).sort(), keys.split(' ').sort());
  assert.equal(json._type, 'user');
  assert.equal(json.id, ada.id);
  assert.equal(json.account_id, ada.accountId);
  assert.equal(json.email, 'ada@example.com');
  assert.match(json.inserted_at, ISO);
  assert.deepEqual(json.roles, { id: ada.id, admin: false, sales: false, support: false });
});

test('GET /v2/me takes any active token, whatever its scopes', async () => {
  const narrow = await api.token(ada, ['asset.read']);
  assert.equal((await api.send('/v2/me', { token: narrow.value })).status, 200);
});

test('accounts are those of the token alone, even when its user belongs to more', async () => {
  const bob = await api.user('bob@example.com');
  await api.role(ada, 'member', bob.accountId);
  const list = await get('/v2/accounts');
  assert.deepEqual(
    list.json.map((account: { id: string }) => account.id),
    [ada.accountId],
  );
  assert.equal(list.json[0]._type, 'account');
  assert.equal(list.json[0].owner.email, 'ada@example.com');
  assert.equal(list.json[0].plan.name, 'default');
  assert.equal(list.json[0].team_count, 1);
  assert.deepEqual((await get(`/v2/accounts/${ada.accountId}`)).json, list.json[0]);
  for (const path of ['', '/membership', '/teams', '/events']) {
    assert.equal((await get(`/v2/accounts/${bob.accountId}${path}`)).status, 404, path);
  }
  const theirs = await api.token(ada, ['account.read', 'team.read'], { accountId: bob.accountId });
  const other = await api.send('/v2/accounts', { token: theirs.value });
  assert.deepEqual(
    other.json.map((account: { id: string }) => account.id),
    [bob.accountId],
  );
  const membership = await api.send(`/v2/accounts/${bob.accountId}/membership`, {
    token: theirs.value,
  });
  assert.deepEqual(membership.json, {
    _type: 'membership',
    account: null,
    team: 'member',
    reviewer: false,
    role: 'member',
  });
  const [team] = (await api.send('/v2/teams', { token: theirs.value })).json;
  const members = await api.send(`/v2/teams/${team.id}/members`, { token: theirs.value });
  assert.deepEqual(
    members.json.map((member: { email: string; role: string }) => [member.email, member.role]),
    [
      ['bob@example.com', 'owner'],
      ['ada@example.com', 'member'],
    ],
  );
  assert.equal((await get(`/v2/teams/${team.id}`)).status, 404, 'a team of another account');
});

test('memberships and teams speak of roles as Frame.io does', async () => {
  const account = await get(`/v2/accounts/${ada.accountId}/membership`);
  assert.equal(account.json.account, 'owner');
  assert.equal(account.json.team, 'team_manager');
  const teams = await get('/v2/teams');
  const [team] = teams.json;
  assert.equal(team.account_id, ada.accountId);
  assert.deepEqual((await get(`/v2/accounts/${ada.accountId}/teams`)).json, teams.json);
  assert.deepEqual((await get(`/v2/teams/${team.id}`)).json, team);
  const membership = await get(`/v2/teams/${team.id}/membership`);
  assert.deepEqual(membership.json, { _type: 'team_membership', role: 'team_manager' });
  assert.equal((await get('/v2/teams/not-a-uuid')).status, 404);
});

test('events name the token that acted and are kept to those who may read them', async () => {
  const made = await api.send('/v2/tokens', {
    method: 'POST',
    token,
    body: { description: 'by api', scopes: ['asset.read'], expires_in: null },
  });
  const { json } = await get(`/v2/users/${ada.id}/events?page_size=1`);
  const [event] = json;
  assert.equal(event.event_type, 'user_token_created');
  assert.equal(event.resource_id, made.json.id);
  assert.equal(event.resource_type, 'user_token');
  // The names that Frame.io's fioctl reads.
  assert.equal(event.action, 'user_token_created');
  assert.deepEqual([event.item_id, event.item_type], [made.json.id, 'user_token']);
  assert.deepEqual(event.resource, { _type: 'user_token', id: made.json.id });
  assert.equal(event.source, 'api');
  assert.match(event.client, /^user_token\/[0-9A-Za-z]{12}$/);
  assert.equal(event.ip_address, '127.0.0.1');
  assert.match(event.inserted_at, ISO);
  assert.doesNotMatch(JSON.stringify(json), new RegExp(made.json.token));
  assert.equal((await get(`/v2/accounts/${ada.accountId}/events`)).status, 200);
  assert.equal((await get(`/v2/users/${crypto.randomUUID()}/events`)).status, 404);
});

test('GET /v2/token says what the calling token is and may do', async () => {
  const { id, value } = await api.token(ada, ['asset.read'], { lifeSeconds: 3600 });
  const { json } = await api.send('/v2/token', { token: value });
  assert.deepEqual(json, {
    _type: 'developer_token',
    id,
    client_id: null,
    description: 'nightly export',
    user_id: ada.id,
    account_id: ada.accountId,
    role: 'owner',
    state: 'expiring',
    scopes: ['asset.read'],
    token_scopes: ['asset.read'],
    missing_by_role: [],
    inserted_at: '2026-11-24T00:00:00.000Z',
    expires_at: '2026-11-24T01:00:00.000Z',
  });
});

test('every list carries the page headers and respects page and page_size', async () => {
  const eve = await api.user('eve@example.com');
  const { value } = await api.token(eve, ALL);
  for (let n = 0; n < 4; n++) await api.token(eve, ['asset.read']);
  const page = (query: string) => api.send(`/v2/tokens${query}`, { token: value });
  const figures = (answer: { headers: Headers }) =>
    ['page-number', 'per-page', 'total', 'total-pages'].map((name) => answer.headers.get(name));
  assert.deepEqual(figures(await page('')), ['1', '50', '5', '1']);
  const second = await page('?page=2&page_size=2');
  assert.deepEqual(figures(second), ['2', '2', '5', '3']);
  assert.equal(second.json.length, 2);
  const beyond = await page('?page=9&page_size=2');
  assert.deepEqual(beyond.json, []);
  assert.deepEqual(figures(beyond), ['9', '2', '5', '3']);
  const [team] = (await api.send('/v2/teams', { token: value })).json;
  for (const path of [
    '/v2/accounts',
    '/v2/teams',
    `/v2/accounts/${eve.accountId}/teams`,
    `/v2/teams/${team.id}/members`,
    `/v2/users/${eve.id}/events`,
    `/v2/accounts/${eve.accountId}/events`,
  ]) {
    const { headers, json } = await api.send(path, { token: value });
    assert.ok(Array.isArray(json), path);
    assert.ok(
      figures({ headers }).every((figure) => figure !== null && /^\d+$/.test(figure)),
      path,
    );
  }
});

test('pages out of range are refused by name', async () => {
  for (const query of [
    'page=0',
    'page=-1',
    'page=x',
    'page_size=0',
    'page_size=101',
    'page=1&page=2',
    'page=true',
    'page=1.5',
    'page=',
    'page=1e1',
    'page=0x1',
    'page=+1',
    'page_size=null',
  ]) {
    const { status, json } = await get(`/v2/tokens?${query}`);
    assert.equal(status, 422, query);
    assert.equal(json.errors[0].field, query.split('=')[0], query);
  }
});

/** What frameioclient sends: GET with a JSON body, its own header, and a page it goes on with. */
function asFrameioClient(path: string): Promise<{ status: number; headers: object; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      api.base + path,
      {
        method: 'GET',
        headers: {
          Authorization: `Bearer ${token}`,
          'x-frameio-client': 'python/2.0.1',
          'User-Agent': 'python-requests/2.31.0',
          'Accept-Encoding': 'gzip, deflate',
          Accept: '*/*',
          Connection: 'keep-alive',
          'Content-Type': 'application/json',
          'Content-Length': '2',
        },
      },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    call.on('error', reject);
    call.end('{}');
  });
}

test("Frame.io's Python SDK is understood: GET with a JSON body", async () => {
  const me = await asFrameioClient('/v2/me');
  assert.equal(me.status, 200);
  assert.equal(JSON.parse(me.body).email, 'ada@example.com');
  const teams = await asFrameioClient('/v2/teams?page=1&page_size=50&include=members');
  assert.equal(teams.status, 200);
  assert.equal((teams.headers as Record<string, string>)['total-pages'], '1');
});

test('HEAD answers as GET without a body', async () => {
  const { status, text, headers } = await api.send('/v2/token', { method: 'HEAD', token });
  assert.equal(status, 200);
  assert.equal(text, '');
  assert.ok(Number(headers.get('content-length')) > 100);
  assert.equal((await api.send('/v2/token', { method: 'HEAD' })).status, 401);
});

test('answers are never kept, and pages of other origins may read them', async () => {
  for (const answer of [
    await get('/v2/token'),
    await api.send('/v2/token'),
    await get('/v2/none'),
  ]) {
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.equal(answer.headers.get('access-control-allow-credentials'), null);
    assert.match(answer.headers.get('access-control-expose-headers') ?? '', /x-ratelimit-limit/);
  }
  const preflight = await api.send('/v2/tokens', {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /PATCH/);
  assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization/);
});
