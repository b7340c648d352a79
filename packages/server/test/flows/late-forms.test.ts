/** Forms that come when their session is over, was replaced, or another person is signed in. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { proveAt } from '../support/proved.ts';
import { PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { Page, WebVisitor } from '../support/visitor.ts';

const SESSION = 'gatehouse_session';
let running: RunningApp;
let visitor: WebVisitor;
let email: string;
let people = 0;

before(async () => {
  running = await startApp({
    change: (config) => ({
      ...config,
      attempts: { windowSeconds: 900, perAccount: 1000, perAddress: 1000 },
    }),
  });
  await signUp(running, 'operator@example.com');
});
after(() => running.stop());
beforeEach(async () => {
  email = `ada${(people += 1)}@example.com`;
  visitor = await signUp(running, email);
});

async function userOf(address: string) {
  const user = await running.app.storage.users.byEmail(address);
  assert.ok(user !== null);
  return user;
}

const tokens = async (address = email): Promise<readonly string[]> => {
  const filter = { userId: (await userOf(address)).id };
  const { items } = await running.app.storage.tokens.list(filter, { page: 1, pageSize: 50 });
  return items.map(({ description }) => description);
};

const TYPED = { description: 'Nightly ü export', scope: 'asset.read', expires_in: '30' };

/** The form of a page that is open, filled in. */
async function filledIn(): Promise<Record<string, string>> {
  await visitor.get('/tokens/new');
  return { ...visitor.hidden('/tokens'), ...TYPED };
}

const endSessions = async (): Promise<void> => {
  await running.app.storage.sessions.endAll((await userOf(email)).id, null);
};

const signInAs = (who: WebVisitor, address: string, fields = {}): Promise<Page> =>
  who.post('/sign-in', { email: address, password: PASSWORD, ...fields });

const keptOf = (page: Page): string => /name="kept" value="([^"]+)"/.exec(page.html)?.[1] ?? '';

test('a session that ended: sign in, look, send; nothing that was typed is lost', async () => {
  const form = await filledIn();
  await endSessions();
  const ended = await visitor.post('/tokens', form);
  assert.equal(ended.status, 403);
  assert.match(ended.text, /Your session has ended.*Create a token/);
  assert.doesNotMatch(ended.html, /Nightly/);
  const wrong = await visitor.submit('/sign-in', { email, password: 'a guess that is wrong' });
  assert.equal(wrong.status, 422);
  const look = await visitor.submit('/sign-in', { email, password: PASSWORD });
  assert.equal(look.status, 200);
  assert.match(look.text, /Send it now\?.*Create a token.*Nightly ü export.*asset\.read/);
  assert.deepEqual(await tokens(), [], 'nothing happens without a deliberate act');
  const made = await visitor.submit('/confirm');
  assert.match(made.html, /gate_pat_/);
  assert.deepEqual(await tokens(), [TYPED.description]);
});

test('a session that was replaced by a new sign-in, in another tab: look and send', async () => {
  const form = await filledIn();
  await signInAs(visitor, email);
  const look = await visitor.post('/tokens', form);
  assert.match(look.text, /Send it now\?.*Nightly ü export/);
  assert.deepEqual(await tokens(), []);
  assert.match((await visitor.submit('/confirm')).html, /gate_pat_/);
  const again = await visitor.post('/tokens', form);
  assert.match(again.text, /Send it now/);
  assert.equal((await visitor.submit('/confirm')).status, 409, 'the key of the form made one');
  assert.deepEqual(await tokens(), [TYPED.description]);
});

test('another person is signed in now: told who, and given nothing of what was typed', async () => {
  const form = await filledIn();
  const other = `bob${people}@example.com`;
  const bob = await signUp(running, other);
  visitor.cookies.set(SESSION, bob.cookies.get(SESSION) ?? '');
  const page = await visitor.post('/tokens', form);
  assert.equal(page.status, 403);
  assert.match(page.text, /Somebody else is signed in now/);
  assert.ok(page.text.includes(other));
  assert.doesNotMatch(page.html, /Nightly/);
  assert.ok(!page.html.includes(email), 'nor of who typed it');
  const kept = keptOf(page);
  const still = await signInAs(visitor, other, { kept });
  assert.match(still.text, /Somebody else is signed in now/);
  assert.doesNotMatch(still.html, /Nightly/);
  assert.deepEqual([await tokens(), await tokens(other)], [[], []]);
  const look = await signInAs(visitor, email, { kept });
  assert.match(look.text, /Send it now\?.*Nightly ü export/);
  await visitor.submit('/confirm');
  assert.deepEqual([await tokens(), await tokens(other)], [[TYPED.description], []]);
});

test('every form of every page is kept, or says why not, and none is carried out by itself', async () => {
  await visitor.get('/account');
  const csrf = visitor.hidden('/account/profile')?.['csrf'] ?? '';
  const forms = running.app.routes.filter(
    ({ family, method, access }) =>
      family === 'portal' && method === 'POST' && access.kind !== 'public',
  );
  assert.ok(forms.length > 30);
  await endSessions();
  const { storage } = running.app;
  const countEvents = async () => (await storage.events.list({}, { page: 1, pageSize: 1 })).total;
  const before = await countEvents();
  const lost: string[] = [];
  for (const { path } of forms) {
    const url = path.replace(':id', crypto.randomUUID());
    const reply = await visitor.send('POST', url, {
      body: new URLSearchParams({ csrf, name: 'Renamed' }),
    });
    if (reply.status === 403) assert.match(reply.html, /Your session has ended/, path);
    else lost.push(path);
  }
  // The app's own page keeps its request; a sign-out is done; links and kept forms that are none come to nothing.
  assert.deepEqual(
    lost.filter((path) => path !== '/oauth2/auth' && !path.startsWith('/confirm')),
    ['/sign-out'],
  );
  assert.equal(await countEvents(), before);
});

test('passwords and tokens are never kept', async () => {
  await visitor.get('/account');
  const { csrf = '' } = visitor.hidden('/account/password') ?? {};
  await endSessions();
  for (const fields of [
    { csrf, current_password: PASSWORD },
    { csrf, token: 'gate_pat_x' },
  ]) {
    const reply = await visitor.send('POST', '/account/password', {
      body: new URLSearchParams(fields),
    });
    assert.deepEqual([reply.status, reply.location], [303, '/sign-in?lost=1']);
  }
});

test('without the token of a page of ours nothing is kept: forged, foreign to the key, of another site', async () => {
  const { csrf = '', ...form } = await filledIn();
  const { id } = await userOf('operator@example.com');
  const foreign = csrf.replace(/=.*\./, `=${id}.`);
  await endSessions();
  for (const token of ['', 'x', csrf.split('=')[0] ?? '', foreign, `${csrf}x`]) {
    const body = new URLSearchParams({ ...form, csrf: token });
    const reply = await visitor.send('POST', '/tokens', { body });
    assert.deepEqual([reply.status, reply.location], [303, '/sign-in?lost=1'], token);
  }
  const body = new URLSearchParams({ ...form, csrf });
  const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  const reply = await visitor.send('POST', '/tokens', { body, headers });
  assert.equal(reply.status, 403);
  assert.doesNotMatch(reply.html, /name="kept"/);
});

test('a page that asks for the password survives the end of its session too', async () => {
  const form = { ...(await filledIn()), expires_in: 'never' };
  // Signed in long ago.
  await proveAt(running.app.storage.sessions, (await userOf(email)).id, 1);
  const asked = await visitor.post('/tokens', form);
  assert.match(asked.text, /Confirm that it is you/);
  await endSessions();
  const ended = await visitor.submit('/confirm', { password: PASSWORD });
  assert.match(ended.text, /Your session has ended/);
  const look = await visitor.submit('/sign-in', { email, password: PASSWORD });
  assert.match(look.text, /Send it now\?.*Nightly ü export.*never/);
  assert.match((await visitor.submit('/confirm')).html, /gate_pat_/);
});

test('the largest form that is taken at all is kept as well', async () => {
  const { csrf = '', creation_key = '' } = await filledIn();
  const typed = { csrf, creation_key, name: 'Cutting Room', type: 'web', redirect_uris: '' };
  const most = running.app.config.server.bodyLimitBytes;
  const room = most - new URLSearchParams(typed).toString().length;
  const body = new URLSearchParams({ ...typed, redirect_uris: '"'.repeat(Math.floor(room / 3)) });
  assert.ok(most - body.toString().length < 3);
  await endSessions();
  visitor.page = await visitor.post('/apps', Object.fromEntries(body));
  assert.match(visitor.page.text, /Your session has ended/);
  const look = await visitor.submit('/sign-in', { email, password: PASSWORD });
  assert.match(look.text, /Send it now\?.*Cutting Room/);
  assert.match((await visitor.submit('/confirm')).text, /Use at most 2000 characters/);
});

test('signing out twice, or in the tab of somebody who is gone, is no error', async () => {
  await visitor.get('/account');
  const form = visitor.hidden('/sign-out') ?? {};
  await endSessions();
  const reply = await visitor.send('POST', '/sign-out', { body: new URLSearchParams(form) });
  assert.deepEqual([reply.status, reply.location], [303, '/sign-in?done=signed-out']);
});
