import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Config } from '../../../src/config/config.ts';
import { PASSWORD } from '../../support/running-app.ts';
import { encode, type WebVisitor } from '../../support/visitor.ts';
import { FIRST } from '../../support/first-resource.ts';
import { ask, csrfOf, make, openTokens, shownOn, START, type TokenStage } from './people.ts';

let stage: TokenStage;
let ada: WebVisitor;
before(async () => {
  stage = await openTokens((config) => ({
    ...config,
    tokens: { ...config.tokens, mostPerUser: 1000 },
  }));
  ada = await stage.person('ada@example.com');
});
after(() => stage.stop());

const DAY = 86_400;

async function stored(id: string) {
  const token = await stage.running.app.storage.tokens.byId(id);
  assert.ok(token !== null);
  return token;
}

async function countOf(email: string): Promise<number> {
  const { storage } = stage.running.app;
  const user = await storage.users.byEmail(email);
  return (await storage.tokens.list({ userId: user?.id ?? '' }, { page: 1, pageSize: 1 })).total;
}

test('every choice of expiry gives the life that it names', async () => {
  for (const [choice, days] of [
    ['7', 7],
    ['30', 30],
    ['60', 60],
    ['90', 90],
    ['365', 365],
    ['never', null],
  ] as const) {
    const { id } = await make(ada, { expires_in: choice });
    const { expiresAt } = await stored(id);
    assert.equal(expiresAt, days === null ? null : START + days * DAY, choice);
  }
});

test('a token that ends on a date lives through that day, UTC', async () => {
  const startOfDay = Date.UTC(2026, 8, 21) / 1000;
  for (const [date, end] of [
    ['2026-09-21', startOfDay + DAY],
    ['2026-09-22', startOfDay + 2 * DAY],
    ['2028-02-29', Date.UTC(2028, 2, 1) / 1000],
    ['2036-09-17', Date.UTC(2036, 8, 18) / 1000],
  ] as const) {
    const { id } = await make(ada, { expires_in: 'custom', expires_on: date });
    assert.equal((await stored(id)).expiresAt, end, date);
  }
});

test('dates that are none, gone or too far are refused beside their field', async () => {
  const before = await countOf('ada@example.com');
  for (const date of [
    '',
    '2026-09-20',
    '1970-01-01',
    '2026-02-30',
    '2027-02-29',
    '2026-13-01',
    '2026-9-22',
    '22.09.2026',
    '2036-09-20',
    '9999-12-31',
    '+020260-01-01',
    '2026-09-22T00:00',
    '２０２６-09-22',
  ]) {
    const page = await ask(ada, { expires_in: 'custom', expires_on: date });
    assert.equal(page.status, 422, date);
    assert.equal(shownOn(page), null);
    // What was typed is not lost.
    assert.match(page.html, /value="nightly export"/);
  }
  assert.equal(await countOf('ada@example.com'), before);
});

test('scopes by level, by box, all of them, and nothing beyond the catalogue or for apps alone', async () => {
  const scopesFor = async (fields: Record<string, string | readonly string[]>) => {
    const { id } = await make(ada, { scope: [], ...fields });
    return [...(await stored(id)).scopes].toSorted();
  };
  assert.deepEqual(await scopesFor({ 'level.assets': 'read' }), ['asset.read']);
  assert.deepEqual(await scopesFor({ 'level.assets': 'write' }), [
    'asset.create',
    'asset.read',
    'asset.update',
  ]);
  assert.deepEqual(await scopesFor({ 'level.assets': 'read', scope: 'asset.delete' }), [
    'asset.delete',
    'asset.read',
  ]);
  assert.deepEqual(await scopesFor({ scope: ['asset.read', 'asset.read'] }), ['asset.read']);
  const all = await scopesFor({ all_scopes: 'on' });
  const held = stage.running.app.catalogues.current().forTokens.map(({ name }) => name);
  assert.deepEqual(all, held.toSorted());
  assert.equal(all.includes('offline'), false);
  for (const scope of [
    'offline',
    'nothing.here',
    '*',
    'asset.*',
    'asset.read offline',
    'ASSET.READ',
    '__proto__',
  ]) {
    const page = await ask(ada, { scope: ['asset.read', scope] });
    assert.equal(page.status, 422, scope);
  }
  const none = await ask(ada, { scope: [] });
  assert.match(none.text, /Choose at least one scope/);
});

test('a role bounds what can be chosen, by level, by box and by "all"', async () => {
  const vera = await stage.person('vera@example.com');
  const { app } = stage.running;
  const user = await app.storage.users.byEmail('vera@example.com');
  assert.ok(user !== null);
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const change = { userId: user.id, accountId: user.accountId, role: 'viewer', origin } as const;
  await app.accounts.changeRole(change);
  const { id } = await make(vera, { scope: [], all_scopes: 'on', 'level.assets': 'write' });
  const { scopes } = await stored(id);
  const held = app.catalogues.current().heldBy('viewer');
  assert.ok(scopes.length > 0 && scopes.every((scope) => held.has(scope)));
  const page = await ask(vera, { scope: ['asset.read', 'asset.delete'] });
  assert.equal(page.status, 422);
  assert.match(page.text, /Your role does not allow asset\.delete/);
  // Another's account is not one of hers, whatever the form says.
  const other = await app.storage.users.byEmail('ada@example.com');
  const elsewhere = await make(vera, { account_id: other?.accountId ?? '', scope: 'asset.read' });
  assert.equal((await stored(elsewhere.id)).accountId, user.accountId);
});

test('the same form never makes a second token, one after the other or all at once', async () => {
  await ada.get('/tokens/new');
  const before = await countOf('ada@example.com');
  const form = ada.hidden('/tokens');
  assert.ok(form !== null);
  const fields = { ...form, description: 'once', expires_in: '30', scope: 'asset.read' };
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => ada.send('POST', '/tokens', { body: encode(fields) })),
  );
  const by = Object.groupBy(replies, ({ status }) => String(status));
  assert.equal(by['200']?.length, 1);
  assert.equal(by['409']?.length, 19);
  const value = /gate_pat_[0-9A-Za-z]{32,}/.exec(by['200']?.[0]?.html ?? '')?.[0];
  assert.ok(value !== undefined);
  for (const reply of by['409'] ?? []) assert.equal(reply.html.includes(value), false);
  const again = await ada.post('/tokens', fields);
  assert.equal(again.status, 409);
  assert.equal(shownOn(again), null);
  assert.match(again.text, /nothing new was made/);
  assert.equal(await countOf('ada@example.com'), before + 1);
});

test("another's key makes a token of one's own, and a form without a key makes none", async () => {
  await ada.get('/tokens/new');
  const key = ada.hidden('/tokens')?.['creation_key'] ?? '';
  await make(ada, { creation_key: key });
  const eve = await stage.person('eve@example.com');
  const own = await make(eve, { creation_key: key });
  const user = await stage.running.app.storage.users.byEmail('eve@example.com');
  assert.equal((await stored(own.id)).userId, user?.id);
  for (const creation_key of ['', 'x', '1', `${key}0`]) {
    assert.equal((await ask(eve, { creation_key })).status, 400, creation_key);
  }
});

test('a secret is on one page once: not on the page before, after, beside it or in its headers', async () => {
  const { id, value } = await make(ada);
  for (const path of ['/', '/tokens', `/tokens/${id}`, '/tokens/new', '/account']) {
    const page = await ada.get(path);
    assert.equal(page.html.includes(value), false, path);
    assert.equal(page.html.includes(value.slice(20)), false, path);
  }
  await ada.get('/tokens/new');
  const body = encode({
    ...ada.hidden('/tokens'),
    description: 'headers',
    expires_in: '7',
    scope: 'asset.read',
  });
  const reply = await ada.send('POST', '/tokens', { body });
  const headers = JSON.stringify([...reply.headers]);
  assert.doesNotMatch(headers, /gate_pat_/);
  assert.equal(reply.headers.get('cache-control'), 'no-store');
  assert.equal(reply.headers.get('referrer-policy'), 'same-origin');
});

test('whoever makes a token is led to its message while no mail server sends it', async () => {
  await ada.get('/tokens/new');
  const choice = { description: 'mailbox', expires_in: '7', scope: 'asset.read' };
  const page = await ada.submit('/tokens', choice);
  assert.match(page.html, /href="\/dev\/mailbox"/);
  assert.doesNotMatch(page.text, /We sent an e-mail/);
});

test('whoever has not proved the address is asked to first, and makes no token by page or by form', async () => {
  const visitor = stage.running.visitor();
  const form = { name: 'Una', email: 'una@example.com', password: PASSWORD };
  await visitor.post('/sign-up', form);
  await visitor.post('/sign-in', { email: form.email, password: PASSWORD });
  const page = await visitor.get('/tokens/new');
  assert.match(page.text, /Verify your e-mail address first/);
  assert.equal(visitor.hidden('/tokens'), null);
  const csrf = await csrfOf(visitor);
  const forged = await visitor.post('/tokens', {
    csrf,
    creation_key: crypto.randomUUID(),
    description: 'too early',
    expires_in: '30',
    scope: 'asset.read',
  });
  assert.equal(forged.status, 403);
  assert.equal(await countOf(form.email), 0);
});

test('"test it now" is noted under the browser of the person', async () => {
  const { app } = stage.running;
  const { value } = await make(ada);
  const csrf = await csrfOf(ada);
  const headers = { 'user-agent': 'Ada/1.0' };
  assert.match((await ada.post('/tokens/try', { csrf, token: value }, headers)).text, /It works/);
  await app.usage.flush();
  const verdict = await app.checker.check(value, FIRST);
  assert.ok(verdict.outcome === 'active');
  const [place] = await app.storage.usage.addresses(verdict.id, 1);
  assert.equal(place?.agent, 'Ada/1.0');
});

test('"test it now" answers for any text without breaking or repeating it', async () => {
  const { value } = await make(ada);
  const csrf = await csrfOf(ada);
  const good = await ada.post('/tokens/try', { csrf, token: value });
  assert.match(good.text, /It works/);
  assert.equal(good.html.includes(value), false);
  for (const token of ['', 'x', 'a b', 'é', 'x\r\nx-admin: 1', 'Bearer', `${value}x`, '<b>']) {
    const page = await ada.post('/tokens/try', { csrf, token });
    assert.equal(page.status, 200, JSON.stringify(token));
    assert.match(page.text, /refused/);
  }
  assert.equal((await ada.post('/tokens/try', { csrf, token: 'x'.repeat(300) })).status, 400);
});

const strict = (config: Config): Config => ({
  ...config,
  tokens: { longestLifeDays: 60, allowNever: false, mostPerUser: 3 },
});

test('a policy takes choices from the page and refuses them from a form of its own', async () => {
  const bound = await openTokens(strict);
  try {
    const visitor = await bound.person('bound@example.com');
    const page = await visitor.get('/tokens/new');
    for (const choice of ['7', '30', '60', 'custom']) {
      assert.match(page.html, new RegExp(`name="expires_in"[^>]*value="${choice}"`), choice);
    }
    for (const choice of ['90', '365', 'never']) {
      assert.doesNotMatch(page.html, new RegExp(`name="expires_in"[^>]*value="${choice}"`), choice);
      assert.equal((await ask(visitor, { expires_in: choice })).status, 422, choice);
    }
    // 60 days after 14:13 on 21 September is 20 November; that day is the last, and ends with the 60 days.
    const far = await ask(visitor, { expires_in: 'custom', expires_on: '2026-11-21' });
    assert.equal(far.status, 422);
    const last = await make(visitor, { expires_in: 'custom', expires_on: '2026-11-20' });
    const token = await bound.running.app.storage.tokens.byId(last.id);
    assert.equal(token?.expiresAt, START + 60 * DAY);
    await make(visitor);
    const pages = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const twin = bound.running.visitor();
        for (const [name, cookie] of visitor.cookies) twin.cookies.set(name, cookie);
        return ask(twin);
      }),
    );
    // Three is the most, and two are there: of four at once exactly one fits.
    assert.equal(pages.filter((one) => shownOn(one) !== null).length, 1);
    assert.match(pages.find(({ status }) => status === 422)?.text ?? '', /You have 3 live tokens/);
  } finally {
    await bound.stop();
  }
});
