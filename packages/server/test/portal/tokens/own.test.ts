import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { encode, type WebVisitor } from '../../support/visitor.ts';
import {
  csrfOf,
  make,
  openTokens,
  shownOn,
  START,
  statusOfCall,
  type TokenStage,
} from './people.ts';

let stage: TokenStage;
let ada: WebVisitor;
let eve: WebVisitor;
let nextTest = 0;
before(async () => {
  stage = await openTokens();
});
/** A new person each time: one sends no more than a handful of forms a minute. */
beforeEach(async () => {
  stage.time.now = START;
  nextTest += 1;
  ada = await stage.person(`ada${nextTest}@example.com`);
  eve = await stage.person(`eve${nextTest}@example.com`);
});
after(() => stage.stop());

async function stored(id: string) {
  const token = await stage.running.app.storage.tokens.byId(id);
  assert.ok(token !== null);
  return token;
}

async function act(
  visitor: WebVisitor,
  path: string,
  fields: Record<string, string | readonly string[]> = {},
) {
  const csrf = await csrfOf(visitor);
  return visitor.send('POST', path, { body: encode({ csrf, ...fields }) });
}

/** Opens the page that asks, and answers it. */
async function rotate(visitor: WebVisitor, id: string, overlap: string) {
  await visitor.get(`/tokens/${id}/rotate`);
  return visitor.submit(`/tokens/${id}/rotate`, { overlap });
}

test("another's token is absent on every route, as one that never was", async () => {
  const { id, value } = await make(ada);
  const before = await stored(id);
  const routes = stage.running.app.routes.filter(({ path }) => path.startsWith('/tokens/:id'));
  assert.ok(routes.length >= 10);
  const csrf = await csrfOf(eve);
  const fields = {
    csrf,
    description: 'stolen',
    scope: 'asset.read',
    overlap: '0',
    creation_key: crypto.randomUUID(),
  };
  for (const { method, path } of routes) {
    const bodies = [];
    for (const absent of [id, 'AAAAAAAAAAAA']) {
      const body = method === 'POST' ? { body: encode(fields) } : {};
      const reply = await eve.send(method, path.replace(':id', absent), body);
      assert.equal(reply.status, 404, `${method} ${path}`);
      bodies.push(reply.html.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '(reference)'));
    }
    assert.equal(bodies[0], bodies[1], path);
  }
  assert.deepEqual(await stored(id), before);
  assert.equal(await statusOfCall(stage, value), 200);
});

test("bulk revocation passes over others' tokens, and asks before it ends one's own", async () => {
  const own = [await make(eve), await make(eve)];
  const foreign = await make(ada);
  const ids = [...own.map(({ id }) => id), foreign.id, 'AAAAAAAAAAAA'];
  const asked = await act(eve, '/tokens/revoke', { ids });
  assert.equal(asked.status, 200);
  assert.equal(asked.html.includes(foreign.id), false);
  for (const { value } of own) assert.equal(await statusOfCall(stage, value), 200);
  const done = await act(eve, '/tokens/revoke', { ids, confirm: 'yes' });
  assert.equal(done.location, '/tokens?revoked=2');
  for (const { value } of own) assert.equal(await statusOfCall(stage, value), 401);
  assert.equal(await statusOfCall(stage, foreign.value), 200);
  const only = await act(eve, '/tokens/revoke', { ids: [foreign.id], confirm: 'yes' });
  assert.equal(only.location, '/tokens?unused=90');
  const many = Array.from({ length: 26 }, (_, index) => `token-${index}`);
  assert.equal((await act(eve, '/tokens/revoke', { ids: many, confirm: 'yes' })).status, 400);
});

test('the old token goes on for the chosen overlap, to the second, and no longer', async () => {
  for (const [overlap, seconds] of [
    ['0', 0],
    ['3600', 3600],
    ['86400', 86_400],
    ['604800', 604_800],
  ] as const) {
    stage.time.now = START;
    const old = await make(ada, { description: `overlap ${overlap}` });
    const page = await rotate(ada, old.id, overlap);
    const fresh = shownOn(page);
    assert.ok(fresh !== null, page.text);
    assert.notEqual(fresh.id, old.id);
    assert.deepEqual((await stored(fresh.id)).scopes, (await stored(old.id)).scopes);
    assert.equal((await stored(old.id)).expiresAt, START + seconds);
    if (seconds > 0) {
      stage.time.now = START + seconds - 1;
      assert.equal(await statusOfCall(stage, old.value), 200, overlap);
    }
    stage.time.now = START + seconds;
    assert.equal(await statusOfCall(stage, old.value), 401, overlap);
    assert.equal(await statusOfCall(stage, fresh.value), 200, overlap);
  }
});

test('a rotation never lengthens a token, and other overlaps are refused', async () => {
  const other = await make(ada);
  for (const overlap of ['', '-1', '1', '9999999999', '3600.0', '0x0', 'NaN']) {
    const refused = await rotate(ada, other.id, overlap);
    assert.equal(refused.status, 422, overlap);
    assert.equal(shownOn(refused), null);
  }
  assert.equal((await stored(other.id)).replacedById, null);
  const old = await make(ada, { expires_in: '7' });
  stage.time.now = START + 6 * 86_400;
  const page = await rotate(ada, old.id, '604800');
  assert.ok(shownOn(page) !== null);
  assert.equal((await stored(old.id)).expiresAt, START + 7 * 86_400);
});

test('one rotation of 20 at once makes a successor, with one form or with twenty', async () => {
  for (const isOneForm of [true, false]) {
    const old = await make(ada);
    await ada.get(`/tokens/${old.id}/rotate`);
    const form = ada.hidden(`/tokens/${old.id}/rotate`);
    assert.ok(form !== null);
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => {
        const key = isOneForm ? {} : { creation_key: crypto.randomUUID() };
        const body = encode({ ...form, ...key, overlap: '3600' });
        return ada.send('POST', `/tokens/${old.id}/rotate`, { body });
      }),
    );
    assert.equal(replies.filter(({ status }) => status === 200).length, 1);
    assert.equal(replies.filter(({ status }) => status === 409).length, 19);
    const successor = (await stored(old.id)).replacedById;
    const user = (await stored(old.id)).userId;
    const { items } = await stage.running.app.storage.tokens.list(
      { userId: user },
      { page: 1, pageSize: 100 },
    );
    const made = items.filter(({ replacesId }) => replacesId === old.id).map(({ id }) => id);
    assert.deepEqual(made, [successor]);
  }
});

test('scopes only ever narrow, whatever two pages say at once', async () => {
  const { id } = await make(ada);
  for (const scope of [
    ['asset.read', 'asset.delete'],
    ['asset.delete'],
    ['offline'],
    ['nothing.here'],
    [],
  ]) {
    assert.equal((await act(ada, `/tokens/${id}/scopes`, { scope })).status, 422, scope.join());
  }
  assert.equal((await stored(id)).scopes.length, 3);
  const csrf = await csrfOf(ada);
  const narrow = (...scope: string[]) =>
    ada.send('POST', `/tokens/${id}/scopes`, { body: encode({ csrf, scope }) });
  const replies = await Promise.all([
    narrow('asset.read', 'asset.create'),
    narrow('asset.read', 'comment.read'),
    narrow('asset.read'),
    narrow('asset.create', 'comment.read'),
  ]);
  const won = replies.filter(({ status }) => status === 303);
  assert.ok(won.length >= 1);
  for (const { status } of replies) assert.ok([303, 409, 422].includes(status), String(status));
  const { scopes } = await stored(id);
  assert.ok(scopes.length < 3);
  // What was taken away cannot come back.
  const gone = ['asset.read', 'asset.create', 'comment.read'].filter(
    (one) => !scopes.includes(one),
  );
  const back = await narrow(...scopes, ...gone);
  assert.equal(back.status, 422);
  assert.deepEqual((await stored(id)).scopes, scopes);
});

test('a narrowing takes from the next call, and a rotation at the same time does not give it back', async () => {
  const old = await make(ada);
  await ada.get(`/tokens/${old.id}/rotate`);
  const form = ada.hidden(`/tokens/${old.id}/rotate`) ?? {};
  const narrowing = { csrf: form['csrf'] ?? '', scope: 'comment.read' };
  const [narrowed, rotated] = await Promise.all([
    ada.send('POST', `/tokens/${old.id}/scopes`, { body: encode(narrowing) }),
    ada.send('POST', `/tokens/${old.id}/rotate`, { body: encode({ ...form, overlap: '0' }) }),
  ]);
  assert.equal(rotated.status, 200);
  const successor = (await stored(old.id)).replacedById ?? '';
  // Whichever came first: a narrowing that was confirmed binds the successor, unless the rotation had ended the old one.
  const { scopes } = await stored(successor);
  if (narrowed.status === 303) assert.deepEqual(scopes, ['comment.read']);
  else assert.equal(narrowed.status, 409);
});

test('disabled is refused until it is enabled, and what is final stays final', async () => {
  const { id, value } = await make(ada);
  await act(ada, `/tokens/${id}/disable`);
  assert.equal(await statusOfCall(stage, value), 401);
  assert.equal((await act(ada, `/tokens/${id}/disable`)).status, 303);
  await act(ada, `/tokens/${id}/enable`);
  assert.equal(await statusOfCall(stage, value), 200);
  await act(ada, `/tokens/${id}/disable`);
  await act(ada, `/tokens/${id}/revoke`);
  assert.equal(await statusOfCall(stage, value), 401);
  const revoked = await stored(id);
  for (const [path, fields] of [
    ['enable', {}],
    ['disable', {}],
    ['scopes', { scope: 'asset.read' }],
    ['rotate', { overlap: '0', creation_key: crypto.randomUUID() }],
  ] as const) {
    assert.equal((await act(ada, `/tokens/${id}/${path}`, fields)).status, 409, path);
  }
  const again = await act(ada, `/tokens/${id}/revoke`);
  assert.ok(again.status < 500);
  const now = await stored(id);
  assert.deepEqual(
    [now.revokedAt, now.scopes, now.replacedById],
    [revoked.revokedAt, revoked.scopes, null],
  );
  assert.equal(await statusOfCall(stage, value), 401);
});

test('of enabling and revoking at once, revoking wins', async () => {
  const { id, value } = await make(ada);
  await act(ada, `/tokens/${id}/disable`);
  const csrf = await csrfOf(ada);
  const send = (path: string) =>
    ada.send('POST', `/tokens/${id}/${path}`, { body: encode({ csrf }) });
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => send(index === 10 ? 'revoke' : 'enable')),
  );
  assert.notEqual((await stored(id)).revokedAt, null);
  assert.equal(await statusOfCall(stage, value), 401);
});

test('an expired token is as final as a revoked one', async () => {
  const { id, value } = await make(ada, { expires_in: '7' });
  await act(ada, `/tokens/${id}/disable`);
  stage.time.now = START + 7 * 86_400;
  // The session has ended as well; its user comes back.
  const back = stage.running.visitor();
  await back.post('/sign-in', {
    email: `ada${nextTest}@example.com`,
    password: 'copper lantern drifting north',
  });
  for (const [path, fields] of [
    ['enable', {}],
    ['scopes', { scope: 'asset.read' }],
    ['rotate', { overlap: '604800', creation_key: crypto.randomUUID() }],
  ] as const) {
    assert.equal((await act(back, `/tokens/${id}/${path}`, fields)).status, 409, path);
  }
  assert.equal(await statusOfCall(stage, value), 401);
});
