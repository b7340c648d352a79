/** The password again, before what lasts: the form that was sent is kept, and carried out once. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { registerApp } from '../support/oauth.ts';
import { linkTo, PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { Page, WebVisitor } from '../support/visitor.ts';

const TEN_MINUTES = 600;
const time = { now: 1_790_000_000 };
let running: RunningApp;
let visitor: WebVisitor;
let user: User;
let people = 0;
let operator: { visitor: WebVisitor; user: User };

before(async () => {
  running = await startApp({
    clock: () => time.now,
    change: (config) => ({
      ...config,
      attempts: { windowSeconds: 900, perAccount: 3, perAddress: 1000 },
    }),
  });
  operator = await personOf('operator');
});
after(() => running.stop());

/** Somebody who signed in ten minutes ago; the first of all is the operator. */
async function personOf(name: string): Promise<{ visitor: WebVisitor; user: User }> {
  const email = `${name}${(people += 1)}@example.com`;
  const visitor = await signUp(running, email);
  const user = await running.app.storage.users.byEmail(email);
  assert.ok(user !== null);
  return { visitor, user };
}

beforeEach(async () => {
  ({ visitor, user } = await personOf('ada'));
  time.now += TEN_MINUTES;
});

const live = (): Promise<number> => running.app.storage.tokens.countLive(user.id, time.now);

async function sendToken(fields: Record<string, string> = {}): Promise<Page> {
  await visitor.get('/tokens/new');
  const typed = { description: 'Nightly ü export', scope: 'asset.read', expires_in: 'never' };
  return visitor.submit('/tokens', { ...typed, ...fields });
}

/** The form of the page that asks, filled in. */
const keptForm = (who: WebVisitor): Record<string, string> => ({
  ...who.hidden('/confirm'),
  password: PASSWORD,
});

const isAsked = (page: Page): boolean => page.text.includes('Confirm that it is you');

test('a token that never expires is made after the password was given again, as it was typed', async () => {
  const asked = await sendToken();
  assert.equal(asked.status, 403);
  assert.ok(isAsked(asked), asked.text);
  assert.match(asked.text, /Create a token/);
  assert.equal(await live(), 0);
  const made = await visitor.submit('/confirm', { password: PASSWORD });
  assert.equal(made.status, 200, made.text);
  assert.match(made.html, /gate_pat_/);
  assert.match(made.text, /Nightly ü export/);
  assert.equal(await live(), 1);
});

test('a wrong password changes nothing, keeps the form and is in the security log', async () => {
  await sendToken();
  const wrong = await visitor.submit('/confirm', { password: 'a guess that is wrong' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /This is not your password/);
  assert.equal(await live(), 0);
  await visitor.submit('/confirm', { password: PASSWORD });
  assert.equal(await live(), 1);
  const { text } = await visitor.get('/account');
  assert.match(text, /Identity not confirmed: wrong password/);
  assert.match(text, /Identity confirmed with the password/);
});

test('a sign-in or a step-up of the last ten minutes counts, to the second', async () => {
  time.now -= 1;
  assert.match((await sendToken()).html, /gate_pat_/);
  time.now += 1;
  assert.ok(isAsked(await sendToken()));
  await visitor.submit('/confirm', { password: PASSWORD });
  time.now += TEN_MINUTES - 1;
  assert.match((await sendToken()).html, /gate_pat_/);
  time.now += 1;
  assert.ok(isAsked(await sendToken()));
});

test('other browsers of the same person do not profit', async () => {
  const other = running.visitor();
  await other.post('/sign-in', { email: user.email, password: PASSWORD });
  time.now += TEN_MINUTES;
  await sendToken();
  await visitor.submit('/confirm', { password: PASSWORD });
  visitor = other;
  assert.ok(isAsked(await sendToken()));
});

test('it is carried out once, also when the page is sent ten times at once', async () => {
  await sendToken();
  const form = keptForm(visitor);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      visitor.send('POST', '/confirm', { body: new URLSearchParams(form) }),
    ),
  );
  assert.equal(answers.filter(({ html }) => html.includes('gate_pat_')).length, 1);
  assert.equal(await live(), 1);
  const again = await visitor.post('/confirm', form);
  assert.equal(again.status, 409);
  assert.match(again.text, /already sent/);
});

test('a form that its own page refuses is shown there with what was typed', async () => {
  await sendToken({ scope: '' });
  const refused = await visitor.submit('/confirm', { password: PASSWORD });
  assert.equal(refused.status, 422);
  assert.match(refused.html, /value="Nightly ü export"/);
  const made = await visitor.submit('/tokens', {
    description: 'Nightly',
    scope: 'asset.read',
    expires_in: 'never',
  });
  assert.match(made.html, /gate_pat_/);
});

test('what was kept is carried out for its person and session alone, for an hour, and cannot be read or made', async () => {
  await sendToken();
  const form = keptForm(visitor);
  assert.doesNotMatch(visitor.page?.html ?? '', /Nightly/);
  const csrfOf = async (who: WebVisitor): Promise<string> => {
    await who.get('/account');
    return who.hidden('/account/profile')?.['csrf'] ?? '';
  };
  const stranger = (await personOf('mallory')).visitor;
  const own = running.visitor();
  await own.post('/sign-in', { email: user.email, password: PASSWORD });
  const refused = await stranger.post('/confirm', { ...form, csrf: await csrfOf(stranger) });
  assert.match(refused.text, /Somebody else is signed in now/);
  assert.doesNotMatch(refused.html, /gate_pat_|Nightly ü/);
  // In another session of the same person it is looked at and sent again, and the password counts there alone.
  const looked = await own.post('/confirm', { ...form, csrf: await csrfOf(own) });
  assert.match(looked.text, /Send it now\?.*Nightly ü export/);
  const kept = form['kept'] ?? '';
  for (const other of ['', 'x', kept.slice(1), `${kept.slice(0, -2)}AA`]) {
    const answer = await visitor.post('/confirm', { ...form, kept: other });
    assert.equal(answer.status, 410, other.slice(0, 10));
  }
  time.now += 3600;
  assert.equal((await visitor.post('/confirm', form)).status, 410);
  assert.equal(await live(), 0);
});

test('failing on purpose is bounded, and locks nobody out of sign-in or of another session', async () => {
  await sendToken();
  for (let tries = 0; tries < 3; tries += 1)
    await visitor.submit('/confirm', { password: 'a guess that is wrong' });
  const limited = await visitor.submit('/confirm', { password: PASSWORD });
  assert.equal(limited.status, 429);
  assert.ok(Number(limited.headers.get('retry-after')) > 0);
  assert.equal(await live(), 0);
  const own = running.visitor();
  const page = await own.post('/sign-in', { email: user.email, password: PASSWORD });
  assert.equal(page.status, 200, page.text);
  time.now += TEN_MINUTES;
  visitor = own;
  await sendToken();
  await visitor.submit('/confirm', { password: PASSWORD });
  assert.equal(await live(), 1);
});

test('the rotation of a token that never expires is asked for, and that of another is not', async () => {
  for (const [life, asks] of [
    ['never', true],
    ['30', false],
  ] as const) {
    await sendToken({ expires_in: life });
    if (life === 'never') await visitor.submit('/confirm', { password: PASSWORD });
    time.now += TEN_MINUTES;
    const [token] = (
      await running.app.storage.tokens.list({ userId: user.id }, { page: 1, pageSize: 1 })
    ).items;
    await visitor.get(`/tokens/${token?.id}/rotate`);
    const answer = await visitor.submit(`/tokens/${token?.id}/rotate`, { overlap: '0' });
    assert.equal(isAsked(answer), asks, life);
  }
});

test('an app: its first secret, another one, other redirect URIs and its end', async () => {
  const name = { name: 'Cutting Room', redirect_uris: 'https://app.example.com/cb' };
  await visitor.get('/apps/new');
  const typed = { ...name, 'scope.asset.read': 'required' };
  assert.ok(isAsked(await visitor.submit('/apps', { ...typed, type: 'web' })));
  await visitor.get('/apps/new');
  const open = await visitor.submit('/apps', { ...typed, type: 'public' });
  assert.match(open.text, /The app is registered/);
  const { app } = await registerApp(running.app, user);
  await visitor.get(`/apps/${app.id}`);
  assert.ok(isAsked(await visitor.submit(`/apps/${app.id}/secrets`)));
  const edit = async (uris: readonly string[], as: string): Promise<Page> => {
    await visitor.get(`/apps/${app.id}/edit`);
    const wishes = Object.fromEntries(app.scopes.map((scope) => [`scope.${scope}`, 'required']));
    return visitor.submit(`/apps/${app.id}`, {
      name: as,
      redirect_uris: uris.join('\n'),
      ...wishes,
    });
  };
  assert.match((await edit(app.redirectUris, 'Another name')).text, /was changed/);
  const asked = await edit([...app.redirectUris, 'https://thief.example.com/cb'], 'Third name');
  assert.ok(isAsked(asked), asked.text);
  const stored = await running.app.storage.apps.byId(app.id);
  assert.deepEqual([stored?.name, stored?.redirectUris], ['Another name', app.redirectUris]);
  await visitor.get(`/apps/${app.id}/delete`);
  assert.ok(isAsked(await visitor.submit(`/apps/${app.id}/delete`)));
});

test('acts of operators: on people, on apps of others, and only while they are operators', async () => {
  await operator.visitor.post('/sign-in', { email: operator.user.email, password: PASSWORD });
  time.now += TEN_MINUTES;
  const { app } = await registerApp(running.app, user);
  await operator.visitor.get(`/apps/${app.id}`);
  assert.ok(isAsked(await operator.visitor.submit(`/apps/${app.id}/disable`)));
  await operator.visitor.get(`/admin/people/${user.id}`);
  const path = `/admin/people/${user.id}/suspend`;
  assert.ok(isAsked(await operator.visitor.submit(path)));
  const form = keptForm(operator.visitor);
  const { storage } = running.app;
  await storage.users.update(operator.user.id, { isOperator: false });
  const refused = await operator.visitor.post('/confirm', form);
  assert.equal(refused.status, 410);
  assert.equal((await storage.users.byId(user.id))?.suspendedAt, null);
  await storage.users.update(operator.user.id, { isOperator: true });
  const done = await operator.visitor.post('/confirm', form);
  assert.match(done.text, /Suspended/);
  assert.notEqual((await storage.users.byId(user.id))?.suspendedAt, null);
});

const linkPath = async (): Promise<string> => {
  const { pathname, search } = new URL(await linkTo(running, user.email, '/confirm/link'));
  return pathname + search;
};

test('a link to the address is the other way, in the browser that asked', async () => {
  await sendToken();
  const sent = await visitor.post('/confirm/send-link', visitor.hidden('/confirm') ?? {});
  assert.match(sent.text, /We sent a link to/);
  const waiting = { ...visitor.hidden('/confirm'), by: 'link' };
  const early = await visitor.post('/confirm', waiting);
  assert.match(early.text, /not opened in this browser yet/);
  const link = await linkPath();
  const elsewhere = running.visitor();
  assert.equal((await elsewhere.get(link)).status, 403);
  await elsewhere.post('/sign-in', { email: user.email, password: PASSWORD });
  assert.equal((await elsewhere.get(link)).status, 403);
  // Programs open links too: looking proves nothing.
  await visitor.get(link);
  assert.equal((await visitor.post('/confirm', waiting)).status, 422);
  await visitor.get(link);
  const confirmed = await visitor.submit('/confirm/link');
  assert.match(confirmed.text, /Confirmed/);
  assert.equal((await visitor.get(link)).status, 410, 'it works once');
  assert.match((await visitor.post('/confirm', waiting)).html, /gate_pat_/);
  assert.match((await visitor.get('/account')).text, /Identity confirmed by e-mail/);
});

test('a link ends by time, by a newer one, by the password, and with its session', async () => {
  const ask = async (): Promise<string> => {
    await sendToken();
    await visitor.post('/confirm/send-link', visitor.hidden('/confirm') ?? {});
    return linkPath();
  };
  const statusOf = async (path: string): Promise<number> => (await visitor.get(path)).status;
  const old = await ask();
  assert.equal(await statusOf(old), 200);
  time.now += 900;
  assert.equal(await statusOf(old), 410);
  const first = await ask();
  const second = await ask();
  assert.deepEqual([await statusOf(first), await statusOf(second)], [410, 200]);
  await sendToken();
  await visitor.submit('/confirm', { password: PASSWORD });
  assert.equal(await statusOf(second), 410);
  time.now += TEN_MINUTES + 900;
  const third = await ask();
  await visitor.get('/account');
  await visitor.submit('/sign-out');
  await visitor.post('/sign-in', { email: user.email, password: PASSWORD });
  assert.equal(await statusOf(third), 403);
});

test('programs are not asked: a developer token makes one that never expires', async () => {
  const made = await running.app.tokens.create(
    {
      description: 'maker',
      scopes: running.app.catalogues.current().forTokens.map(({ name }) => name),
      lifeSeconds: null,
      accountId: user.accountId,
      creationKey: crypto.randomUUID(),
    },
    {
      user,
      origin: { source: 'portal', client: 'web', address: null, actorId: user.id },
      ceiling: null,
    },
  );
  assert.ok(made.outcome === 'created');
  const response = await fetch(`${running.base}/v2/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${made.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ description: 'child', scopes: ['asset.read'], expires_in: null }),
  });
  assert.equal(response.status, 201, await response.text());
});
