/** Long lists by API: pages by number with the four headers, and by cursors whose cost does not grow. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { startApi, type Answer, type RunningApi } from '../support/api.ts';

let api: RunningApi;
let ada: User;
let token: string;

before(async () => {
  api = await startApi();
  ada = await api.user('ada@example.com');
  ({ value: token } = await api.token(ada, ['auditlog.read', 'asset.read']));
  for (let at = 0; at < 6; at++) await api.token(ada, ['asset.read']);
});
after(() => api.stop());

const get = (path: string): Promise<Answer> => api.send(path, { token });
const nextOf = ({ headers }: Answer): string | null =>
  /^<(\/v2\/[^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? null;
const idsOf = ({ json }: Answer): string[] => json.map(({ id }: { id: string }) => id);

const LISTS = ['/v2/tokens', `/v2/users/ID/events`];

test('every long list is followed to its end by its links, once each, and says its figures all along', async () => {
  for (const path of LISTS.map((list) => list.replace('ID', ada.id))) {
    const whole = await get(`${path}?page_size=100`);
    assert.equal(nextOf(whole), null);
    const seen: string[] = [];
    let number = 0;
    for (let at: string | null = `${path}?page_size=2`; at !== null;) {
      const page: Answer = await get(at);
      assert.equal(page.status, 200, page.text);
      number += 1;
      const figures = ['page-number', 'per-page', 'total', 'total-pages'].map((name) =>
        page.headers.get(name),
      );
      const total = idsOf(whole).length;
      assert.deepEqual(figures, [String(number), '2', String(total), String(Math.ceil(total / 2))]);
      seen.push(...idsOf(page));
      at = nextOf(page);
    }
    assert.deepEqual(seen, idsOf(whole));
    assert.ok(seen.length > 4);
    assert.match(whole.headers.get('access-control-expose-headers') ?? '', /\blink\b/);
  }
});

const sealed = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('cursors that nobody was given are refused with the name of the field', async () => {
  const hostile = [
    '',
    'x',
    'a'.repeat(5000),
    encodeURIComponent('💥'),
    sealed(null),
    sealed({}),
    sealed([]),
    sealed(['tokens', 'n', 1]),
    sealed(['tokens', 'x', 1, 1, 'a']),
    sealed(['tokens', 'n', 0, 1, 'a']),
    sealed(['tokens', 'n', 1e300, 1, 'a']),
    sealed(['tokens', 'n', 1, -1, 'a']),
    sealed(['tokens', 'n', 1, 1e300, 'a']),
    sealed(['tokens', 'n', 1, '1', 'a']),
    sealed(['tokens', 'n', 1, 1, "a' or 1=1"]),
    sealed(['tokens', 'n', 1, 1, 'a\u0000']),
    sealed(['tokens', 'n', 1, 1, { id: 'a' }]),
    sealed(['tokens', 'n', 1, 1, 'a', 'b']),
    sealed(['apps', 'n', 1, 1, 'a']),
  ];
  for (const cursor of hostile) {
    const answer = await get(`/v2/tokens?cursor=${cursor}`);
    assert.equal(answer.status, 400, cursor);
    assert.equal(answer.json.errors[0].field, 'cursor', cursor);
    assert.equal(answer.json.errors[0].reason, 'invalid_arguments', cursor);
  }
  const fine = sealed(['tokens', 'n', 1, 1, 'a']);
  assert.equal((await get(`/v2/tokens?cursor=${fine}`)).status, 200);
  assert.equal((await get(`/v2/tokens?cursor=${fine}&page=2`)).status, 400);
  for (const short of ['/v2/accounts', '/v2/teams'])
    assert.ok([400, 403].includes((await get(`${short}?cursor=${fine}`)).status), short);
});

test('a cursor of somebody else shows what its sender may see, and nothing of theirs', async () => {
  const ben = await api.user('ben@example.com');
  const theirs = await api.token(ben, ['asset.read']);
  const next = nextOf(await get('/v2/tokens?page_size=2'));
  assert.ok(next);
  const answer = await api.send(next, { token: theirs.value });
  const own = await api.send('/v2/tokens', { token: theirs.value });
  assert.ok(idsOf(answer).every((id) => idsOf(own).includes(id)));
});
