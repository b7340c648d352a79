/** What every endpoint does alike, asked of each line of the route table. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { startApi, type RunningApi } from '../support/api.ts';
import { registerApp } from '../support/oauth.ts';

let api: RunningApi;
let ada: User;
let token: string;
let teamId: string;
let tokenId: string;
let appId: string;

before(async () => {
  api = await startApi();
  ada = await api.user('ada@example.com');
  ({ value: token, id: tokenId } = await api.token(ada));
  appId = (await registerApp(api.modules, ada)).app.id;
  [{ id: teamId }] = (await api.send('/v2/teams', { token })).json;
});
after(() => api.stop());

const IDS: Readonly<Record<string, () => string>> = {
  accounts: () => ada.accountId,
  teams: () => teamId,
  users: () => ada.id,
  tokens: () => tokenId,
  apps: () => appId,
};

function pathOf(pattern: string): string {
  const resource = pattern.split('/')[2] ?? '';
  return pattern.replace(':id', () => {
    const id = IDS[resource];
    if (id === undefined) throw new Error(`say which id ${pattern} takes`);
    return id();
  });
}

const reads = () =>
  api.routes
    .filter(({ method, access }) => method === 'GET' && access.kind === 'bearer')
    .map(({ path }) => pathOf(path));

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Sends what fetch refuses to send. */
const send = (path: string, options: { method: string; headers: object; body?: string }) =>
  new Promise<Raw>((resolve, reject) => {
    const { method, body } = options;
    const headers = { authorization: `Bearer ${token}`, ...options.headers };
    const call = request(api.base + path, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    call.on('error', reject);
    call.end(body);
  });

const LIMIT = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-window'];

test('there are endpoints to look at', () => {
  assert.ok(reads().length >= 14);
});

test('every read answers GET with a JSON body, and HEAD like GET', async () => {
  const json = { 'content-type': 'application/json', 'content-length': '2' };
  for (const path of reads()) {
    const plain = await send(path, { method: 'GET', headers: {} });
    assert.equal(plain.status, 200, path);
    const withBody = await send(path, { method: 'GET', headers: json, body: '{}' });
    assert.deepEqual([withBody.status, withBody.body], [200, plain.body], path);
    const typed = await send(path, {
      method: 'GET',
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(typed.status, 200, path);
    const head = await send(path, { method: 'HEAD', headers: {} });
    assert.deepEqual([head.status, head.body], [200, ''], path);
    assert.equal(head.headers['content-length'], plain.headers['content-length'], path);
  }
});

test('every answer, refusals included, carries the limit, is never kept and is open to pages', async () => {
  for (const path of reads()) {
    for (const bearer of [token, 'garbage', undefined]) {
      const { status, headers } = await api.send(path, { token: bearer });
      assert.equal(status, bearer === token ? 200 : 401);
      for (const name of LIMIT) assert.match(headers.get(name) ?? '', /^\d+$/, `${name} ${path}`);
      assert.equal(headers.get('x-ratelimit-window'), '60000');
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('access-control-allow-origin'), '*');
      assert.equal(headers.get('set-cookie'), null);
      assert.match(headers.get('content-type') ?? '', /^application\/json/);
    }
  }
});

test('every list is a bare array with the four page headers, in plain figures', async () => {
  let lists = 0;
  for (const path of reads()) {
    const { json, headers } = await api.send(path, { token });
    const figures = ['page-number', 'per-page', 'total', 'total-pages'].map((name) =>
      headers.get(name),
    );
    const isList = Array.isArray(json);
    lists += isList ? 1 : 0;
    for (const figure of figures) assert.equal(/^\d+$/.test(figure ?? ''), isList, path);
    if (isList) assert.equal(Number(figures[2]), json.length, path);
  }
  assert.equal(lists, 11);
});

test('nothing that an answer names is missing: absent values are null, times have milliseconds', async () => {
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) {
      assert.match(value, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, path);
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) walk(item, `${path}.${key}`);
  };
  for (const path of reads()) walk((await api.send(path, { token })).json, path);
});

test('a path with a slash too many is not found, in JSON', async () => {
  for (const path of ['/v2/me/', '/v2//me', '/v2/tokens//', '//v2/me', '/v2/me/.']) {
    const { status, body } = await send(path, { method: 'GET', headers: {} });
    assert.equal(status, 404, path);
    if (path.startsWith('/v2')) assert.equal(JSON.parse(body).errors[0].reason, 'not_found', path);
  }
});

test('DELETE may name JSON without sending any', async () => {
  const { id } = await api.token(ada);
  const headers = { 'content-type': 'application/json' };
  const { status, body } = await send(`/v2/tokens/${id}`, { method: 'DELETE', headers });
  assert.deepEqual([status, body], [204, '']);
  const own = await api.token(ada);
  const bearer = { authorization: `Bearer ${own.value}` };
  const gone = await send('/v2/token', { method: 'DELETE', headers: { ...headers, ...bearer } });
  assert.equal(gone.status, 204);
  assert.equal((await api.send('/v2/me', { token: own.value })).status, 401);
});

test('what is not text is refused before it is looked at', async () => {
  const bodies = [
    '{"description":"a\\u0000b","scopes":["asset.read"],"expires_in":null}',
    '{"description":"a","scopes":["asset.read\\ud800"],"expires_in":null}',
    '{"description":"a","scopes":["asset.read"],"expires_in":null,"\\u0000":1}',
  ];
  for (const body of bodies) {
    const { status, json } = await api.send('/v2/tokens', { method: 'POST', token, body });
    assert.deepEqual([status, json.errors[0].reason], [400, 'malformed_json'], body);
  }
  const whole = {
    description: 'a\u{1F511} and \\u0000 spelled out',
    scopes: ['asset.read'],
    expires_in: null,
  };
  const made = await api.send('/v2/tokens', { method: 'POST', token, body: whole });
  assert.equal(made.json.description, whole.description);
  for (const path of ['/v2/tokens/%00', '/v2/teams/a%00b', '/v2/tokens?page=%00', '/v2/%00']) {
    const { status, json } = await api.send(path, { token });
    assert.deepEqual([status, json.errors[0].reason], [400, 'bad_url'], path);
  }
});
