/** What password managers ask of a site: whose password a form is about, and where it is changed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sources } from '../conventions/source.ts';
import { linkTo, PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';

const EMAIL = 'ada@example.com';

let running: RunningApp;
let ada: WebVisitor;
before(async () => {
  running = await startApp();
  ada = await signUp(running, EMAIL);
});
after(() => running.stop());

/** The addresses that the forms with a password on a page are about; `null` where a form does not say. */
function usernamesIn(html: string): readonly (string | null)[] {
  const forms = [...html.matchAll(/<form[^]*?<\/form>/g)].map(([form]) => form);
  return forms
    .filter((form) => form.includes('type="password"'))
    .map((form) => {
      const input = /<input[^>]*autocomplete="username"[^>]*>/.exec(form)?.[0];
      return input === undefined ? null : (/ value="([^"]*)"/.exec(input)?.[1] ?? '');
    });
}

async function open(visitor: WebVisitor, email: string, path: string): Promise<void> {
  const { pathname, search } = new URL(await linkTo(running, email, path));
  await visitor.get(pathname + search);
}

test('a form with a password says whose it is', async () => {
  const visitor = running.visitor();
  for (const page of ['/sign-in', '/sign-up']) {
    assert.deepEqual(usernamesIn((await visitor.get(page)).html), [''], page);
  }
  assert.deepEqual(usernamesIn((await ada.get('/account')).html), [EMAIL]);
  await visitor.post('/forgot-password', { email: EMAIL });
  await open(visitor, EMAIL, '/reset-password');
  assert.deepEqual(usernamesIn(visitor.page?.html ?? ''), [EMAIL]);
  // Again when the password was refused.
  await visitor.submit('/reset-password', { password: 'short' });
  assert.equal(visitor.page?.status, 422);
  assert.deepEqual(usernamesIn(visitor.page?.html ?? ''), [EMAIL]);
});

test('so does the proof of an address in another browser', async () => {
  const email = 'nell@example.com';
  await running.visitor().post('/sign-up', { name: 'Nell', email, password: PASSWORD });
  const other = running.visitor();
  await open(other, email, '/verify-email');
  assert.deepEqual(usernamesIn(other.page?.html ?? ''), [email]);
  await other.submit('/verify-email', { password: 'wrong' });
  assert.equal(other.page?.status, 422);
  assert.deepEqual(usernamesIn(other.page?.html ?? ''), [email]);
});

test('every page with a password field has one for the address', () => {
  const asking = sources('src/portal/**/*.ts').filter(
    ({ path, text }) => text.includes("type: 'password'") && !path.endsWith('ui/form.ts'),
  );
  assert.ok(asking.length >= 5);
  for (const { path, text } of asking) {
    assert.match(text, /hiddenUsername\(|autocomplete: 'username'/, path);
  }
});

test('the page that changes a password is where the standard says', async () => {
  const reply = await running.visitor().send('GET', '/.well-known/change-password', {});
  assert.deepEqual([reply.status, reply.location], [303, '/account#password']);
  assert.match((await ada.get('/account')).html, /<section[^>]* id="password"/);
  const reliable =
    '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200';
  assert.equal((await ada.send('GET', reliable, {})).status, 404);
});
