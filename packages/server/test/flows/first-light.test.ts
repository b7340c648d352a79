import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';

let running: RunningApp;
before(async () => {
  running = await startApp();
});
after(() => running.stop());

test('the server says that it is alive and ready', async () => {
  for (const path of ['/healthz', '/readyz', '/health']) {
    const response = await fetch(running.base + path);
    assert.equal(response.status, 200, path);
    assert.deepEqual(await response.json(), { status: 'ok' });
  }
});

test('a token made by the services reads its user, and is refused at once after it is revoked', async () => {
  const { accounts, tokens } = running.app;
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const form = { name: 'Ada', email: 'ada@example.com', password: PASSWORD, isOperator: false };
  const made = await accounts.createUser(form, origin);
  assert.equal(made.outcome, 'created');
  if (made.outcome !== 'created') return;
  const { user } = made;
  const actor = { user, origin, ceiling: null };
  const created = await tokens.create(
    {
      description: 'first light',
      scopes: ['asset.read'],
      lifeSeconds: 86_400,
      accountId: user.accountId,
      creationKey: 'one',
    },
    actor,
  );
  assert.equal(created.outcome, 'created');
  if (created.outcome !== 'created') return;
  const me = () =>
    fetch(`${running.base}/v2/me`, { headers: { authorization: `Bearer ${created.value}` } });
  const answer = await me();
  assert.equal(answer.status, 200);
  const body: unknown = await answer.json();
  assert.ok(typeof body === 'object' && body !== null && 'email' in body);
  assert.equal(body.email, 'ada@example.com');
  await tokens.switch({ id: created.token.id, act: 'revoke' }, actor);
  const refused = await me();
  assert.equal(refused.status, 401);
  assert.match(await refused.text(), /token_revoked/);
});
