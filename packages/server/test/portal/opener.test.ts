/** Which pages keep the window that opened them: those that an app's request can lead through, and no other. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';

let running: RunningApp;
let person: WebVisitor;

before(async () => {
  running = await startApp();
  person = await signUp(running, 'operator@example.com');
});
after(() => running.stop());

const INSIDE =
  /^\/(oauth2\/auth|sign-in|sign-up(\/.*)?|verify-email(\/.*)?|forgot-password(\/.*)?|reset-password|keep-account|confirm(\/.*)?)$/;

const policyOf = async (visitor: WebVisitor, method: string, path: string) =>
  (await visitor.send(method, path, { headers: { accept: 'text/html' } })).headers.get(
    'cross-origin-opener-policy',
  );

test('pages inside an authorization request keep their opener, every other page cuts it', async () => {
  const pages = running.app.routes.filter(({ family }) => family === 'portal');
  assert.ok(pages.length > 50);
  const wrong: string[] = [];
  for (const { method, path } of pages) {
    const expected = INSIDE.test(path) ? 'unsafe-none' : 'same-origin';
    for (const visitor of [running.visitor(), person]) {
      const policy = await policyOf(visitor, method, path.replaceAll(/:\w+/g, 'x'));
      if (policy !== expected) wrong.push(`${method} ${path}: ${policy}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('refusals of such a page keep it too: other methods aside, which no app sends people with', async () => {
  const long = `/oauth2/auth?client_id=nobody&redirect_uri=${'x'.repeat(50)}`;
  assert.equal(await policyOf(running.visitor(), 'GET', long), 'unsafe-none');
  assert.equal(await policyOf(running.visitor(), 'GET', '/nothing'), 'same-origin');
});

test('a sign-in that leads into the portal is cut there', async () => {
  assert.equal(await policyOf(person, 'GET', '/'), 'same-origin');
});
