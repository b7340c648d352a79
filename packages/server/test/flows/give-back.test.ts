/** An operator gives access back, and is asked what becomes of what was there. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';
import { make as makeToken } from '../portal/tokens/people.ts';
import { callMe, make as makeApp, SERVICE, userOf } from './app-people.ts';

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

let running: RunningApp;
let operator: WebVisitor;
before(async () => {
  running = await startApp();
  operator = await signUp(running, 'operator@example.com');
});
after(() => running.stop());

const statusOf = async (value: string): Promise<number> => (await callMe(running, value)).status;

test('a role that is given back ends what was there, unless the operator chooses otherwise', async () => {
  const ada = await signUp(running, 'ada@example.com');
  const token = await makeToken(ada);
  await makeApp(ada, SERVICE);
  const { id: userId, accountId } = await userOf(running, 'ada@example.com');
  const path = `/admin/people/${userId}/role`;
  for (const [earlier, status] of [
    ['keep', 200],
    ['end', 401],
  ] as const) {
    await running.app.accounts.changeRole({ userId, accountId, role: null, origin });
    await operator.get(`/admin/people/${userId}`);
    const asked = await operator.submit(path, { role: 'member' });
    assert.match(asked.text, /They had 1 token and 1 service before/);
    assert.match(asked.text, /nightly export/);
    assert.match(asked.html, /name="earlier" value="end" checked/);
    assert.equal(await statusOf(token.value), 401);
    const role = operator.hidden(path)?.['role'];
    assert.equal(role, 'member');
    const done = await operator.submit(path, { earlier });
    assert.match(done.text, /The role was changed/);
    assert.equal(await statusOf(token.value), status);
  }
});

test('nobody is asked where nothing would come back', async () => {
  await signUp(running, 'grace@example.com');
  const { id: userId, accountId } = await userOf(running, 'grace@example.com');
  await running.app.accounts.changeRole({ userId, accountId, role: null, origin });
  await operator.get(`/admin/people/${userId}`);
  const done = await operator.submit(`/admin/people/${userId}/role`, { role: 'member' });
  assert.match(done.text, /The role was changed/);
});

test('a suspension is lifted the same way, and the page says what works again anyway', async () => {
  const joan = await signUp(running, 'joan@example.com');
  const token = await makeToken(joan);
  await makeApp(joan);
  const { id: userId } = await userOf(running, 'joan@example.com');
  await operator.get(`/admin/people/${userId}`);
  await operator.submit(`/admin/people/${userId}/suspend`);
  const asked = await operator.submit(`/admin/people/${userId}/resume`);
  assert.match(asked.text, /They had 1 token before/);
  assert.match(asked.text, /1 app of theirs works again for the people who connected it/);
  const done = await operator.submit(`/admin/people/${userId}/resume`, { earlier: 'end' });
  assert.match(done.text, /The suspension is lifted/);
  assert.match(done.text, /Suspension lifted, and what they had was ended/);
  assert.equal(await statusOf(token.value), 401);
});
