/** A token that was found in public: the operator looks it up and ends it; its owner is told what happened and why. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { proveAt } from '../support/proved.ts';
import { newestMail, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';

const OWNER = 'ada@example.com';
let running: RunningApp;
let operator: WebVisitor;
let ada: WebVisitor;

before(async () => {
  running = await startApp();
  operator = await signUp(running, 'operator@example.com');
  ada = await signUp(running, OWNER);
});
after(() => running.stop());

async function make(fields: Record<string, string> = {}): Promise<string> {
  await ada.get('/tokens/new');
  const form = { description: 'nightly export', scope: 'account.read', expires_in: '30' };
  const { html } = await ada.submit('/tokens', { ...form, ...fields });
  const token = /gate_pat_\w+/.exec(html)?.[0];
  assert.ok(token !== undefined);
  return token;
}

const idOf = (token: string): string => token.slice('gate_pat_'.length).slice(0, 12);

const call = (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
  fetch(running.base + path, { ...init, headers: { authorization: `Bearer ${token}` } });

async function lookUp(typed: string) {
  await operator.get('/admin/tokens');
  return operator.submit('/admin/tokens', { token: typed });
}

test('a whole token leads to its page, which names its owner and repeats nothing that works', async () => {
  const token = await make();
  const page = await lookUp(` ${token}\n`);
  assert.equal(new URL(page.url).pathname, `/admin/tokens/${idOf(token)}`);
  assert.match(page.text, /nightly export.*Ada Example.*ada@example\.com/);
  assert.ok(!page.html.includes(token));
  assert.equal((await call('/v2/me', token)).status, 200, 'looking ends nothing');
  assert.equal(new URL((await lookUp(idOf(token))).url).pathname, `/admin/tokens/${idOf(token)}`);
});

test('what is no token here is said at the field, and not written into the page', async () => {
  const foreign = 'gate_pat_0123456789abcdefghijklmnopqrstuvwxyz0123456789AB';
  for (const typed of ['', 'no such thing', foreign]) {
    const page = await lookUp(typed);
    assert.equal(page.status, 422);
    assert.match(page.text, /There is no such token here/);
    assert.ok(!page.html.includes(foreign));
  }
});

test('ended as exposed: calls, what it made, page, list, message and log say so', async () => {
  const token = await make();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ description: 'child', scopes: ['account.read'], expires_in: 3600 });
  const made = await fetch(`${running.base}/v2/tokens`, { method: 'POST', headers, body });
  const child = ((await made.json()) as { token: string }).token;
  assert.match((await lookUp(token)).text, /Made by it 1 token/);
  const done = await operator.submit(`/admin/tokens/${idOf(token)}/expose`);
  assert.match(done.text, /refused from now on, and its owner was told.*Exposed/);
  assert.equal(operator.hidden(`/admin/tokens/${idOf(token)}/expose`), null, 'offered no more');

  const refused = await call('/v2/me', token);
  assert.equal(refused.status, 401);
  assert.match(await refused.text(), /"reason":"token_exposed"/);
  assert.equal((await call('/v2/me', child)).status, 401);
  const page = await ada.get(`/tokens/${idOf(token)}`);
  assert.match(page.text, /Exposed.*This token was found in public.*create another token/);
  assert.match(page.text, /Found in public/);
  assert.match((await ada.get('/tokens')).text, /Exposed/);
  const { subject, text } = await newestMail(running, OWNER);
  assert.match(subject, /tokens was found in public$/);
  assert.match(text, /Reported by: “an operator”/);
  assert.match(text, /1 token that it had made/);
  const { items } = await running.app.storage.events.list(
    { resourceId: idOf(token) },
    { page: 1, pageSize: 1 },
  );
  assert.deepEqual([items[0]?.type, items[0]?.source], ['user_token_exposed', 'portal']);
});

test('the password is asked for first when the sign-in is old, and the token works until then', async () => {
  const token = await make();
  const user = await running.app.storage.users.byEmail('operator@example.com');
  await proveAt(running.app.storage.sessions, user?.id ?? '', 1);
  await lookUp(token);
  const asked = await operator.submit(`/admin/tokens/${idOf(token)}/expose`);
  assert.match(asked.text, /Confirm that it is you/);
  assert.ok(!asked.html.includes(token));
  assert.equal((await call('/v2/me', token)).status, 200);
});
