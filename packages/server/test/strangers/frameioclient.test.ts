/**
 * What Frame.io's Python SDK (frameioclient 1.1.0 on requests) writes to the wire, byte for byte, and how it reads what
 * comes back: one connection kept alive, a JSON body on every GET, and a loop over pages that trusts four headers.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startApi, type RunningApi } from '../support/api.ts';
import { Conversation, type RawAnswer } from '../support/raw-http.ts';

const CHILDREN = 120;

let api: RunningApi;
let accountId: string;
let token: string;
let wire: Conversation;

before(async () => {
  api = await startApi((config) => ({
    ...config,
    tokens: { ...config.tokens, mostPerUser: 1000 },
  }));
  const ada = await api.user('ada@example.com');
  ({ accountId } = ada);
  ({ value: token } = await api.token(ada));
  for (let n = 1; n < CHILDREN; n++) await api.token(ada, ['asset.read']);
  wire = await Conversation.open(api.base);
});
after(async () => {
  wire.close();
  await api.stop();
});

const transcript = (path: string, bearer = token): string =>
  [
    `GET /v2${path} HTTP/1.1`,
    `Host: ${new URL(api.base).host}`,
    'User-Agent: python-requests/2.34.2',
    'Accept-Encoding: gzip, deflate',
    'Accept: */*',
    'Connection: keep-alive',
    `Authorization: Bearer ${bearer}`,
    'x-frameio-client: python/1.1.0',
    'Content-Length: 2',
    'Content-Type: application/json',
    '',
    '{}',
  ].join('\r\n');

const call = (path: string): Promise<RawAnswer> => wire.ask(transcript(path));

/** `_api_call` and `PaginatedResponse`: the first page says how many there are, the rest are asked for by number. */
async function readAll(endpoint: string): Promise<readonly unknown[]> {
  const first = await call(endpoint);
  assert.equal(first.status, 200);
  const figure = (name: string): number => {
    const value = Number(first.headers.get(name) ?? 'missing');
    assert.ok(Number.isInteger(value), `${name} on ${endpoint}`);
    return value;
  };
  assert.equal(figure('page-number'), 1);
  const items: unknown[] = JSON.parse(first.body);
  for (let page = 2; page <= figure('total-pages'); page++) {
    items.push(...JSON.parse((await call(`${endpoint}?page=${page}`)).body));
  }
  assert.equal(items.length, figure('total'));
  assert.equal(figure('per-page'), 50);
  return items;
}

test('users.get_me() reads the record that the SDK knows', async () => {
  const { status, headers, body } = await call('/me');
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(headers.get('page-number'), undefined, 'a record is not a list');
  const user = JSON.parse(body);
  assert.equal(user.email, 'ada@example.com');
  assert.equal(user.account_id, accountId);
  for (const key of ['id', 'name', 'image_64', 'upload_url']) assert.ok(key in user, key);
});

test('its loop over pages ends with every item once', async () => {
  const items = await readAll('/tokens');
  assert.equal(items.length, CHILDREN);
  assert.equal(new Set(items.map((item) => JSON.stringify(item))).size, CHILDREN);
});

test('logs.list(), teams.list_all(), teams.list() and teams.get_members() answer lists', async () => {
  assert.ok((await readAll(`/accounts/${accountId}/audit_logs`)).length >= CHILDREN);
  const teams = await readAll('/teams');
  assert.deepEqual(await readAll(`/accounts/${accountId}/teams`), teams);
  const [team] = teams as { id: string }[];
  const members = await readAll(`/teams/${team?.id ?? ''}/members`);
  assert.equal(members.length, 1);
});

test('a wrong token is 401, which it does not retry, on a connection that goes on', async () => {
  const { status, body } = await wire.ask(transcript('/me', 'fio-u-wrong'));
  assert.equal(status, 401);
  assert.equal(JSON.parse(body).code, 401);
  assert.equal((await call('/me')).status, 200);
});
