/** Losing a password, and closing every door but this one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD } from '../support/running-app.ts';
import { call, createFirstToken, openMessage, signIn } from './journey.ts';
import { follow, leave, openStage, type Stage } from './stage.ts';

const NEW_PASSWORD = 'velvet harbour counting sparrows';

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

for (const javaScriptEnabled of [true, false]) {
  const way = javaScriptEnabled ? 'with script' : 'without script';

  test(`a forgotten password is replaced, and every browser signed out, ${way}`, async () => {
    const email = `forgot-${javaScriptEnabled}@example.com`;
    await stage.person({ email });
    const elsewhere = await stage.openAs(email);
    const token = await createFirstToken(elsewhere, 'Survives');
    const page = await stage.open({ javaScriptEnabled });
    await page.goto('/sign-in');
    await follow(page, 'link', 'Forgot your password?');
    await page.getByLabel('E-mail address').fill(email);
    await follow(page, 'button', 'Send the link');
    await page.getByRole('heading', { name: 'Check your e-mail' }).waitFor();
    await openMessage(page, /Choose a new password/);
    await page.getByRole('link', { name: /reset-password/ }).click();
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await follow(page, 'button', 'Save the new password');
    await page.getByText(/Your password was changed/).waitFor();

    await elsewhere.goto('/');
    assert.equal(new URL(elsewhere.url()).pathname, '/sign-in');
    await signIn(page, email, PASSWORD);
    await page.getByText('The e-mail address or the password is not right.').waitFor();
    await signIn(page, email, NEW_PASSWORD);
    await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
    assert.equal((await call(stage.base, token)).status, 200, 'tokens stay, as the page says');
    await leave(page);
    await leave(elsewhere);
  });
}

test('the page says the same for an address that nobody has', async () => {
  const page = await stage.open();
  await page.goto('/forgot-password');
  await page.getByLabel('E-mail address').fill('nobody@example.com');
  await follow(page, 'button', 'Send the link');
  await page.getByRole('heading', { name: 'Check your e-mail' }).waitFor();
  await leave(page);
});

test('"Sign out everywhere else" ends every other session and not this one', async () => {
  await stage.person({ email: 'many@example.com' });
  const here = await stage.openAs('many@example.com');
  const others = [await stage.openAs('many@example.com'), await stage.openAs('many@example.com')];
  await here.goto('/account');
  await follow(here, 'button', 'Sign out everywhere else');
  await here.getByText('You are signed out everywhere else.').waitFor();
  for (const other of others) {
    await other.goto('/tokens');
    assert.equal(new URL(other.url()).pathname, '/sign-in');
    await leave(other);
  }
  await here.goto('/tokens');
  assert.equal(new URL(here.url()).pathname, '/tokens');
  await leave(here);
});

test('signing out ends the session, not only its cookie', async () => {
  await stage.person({ email: 'out@example.com' });
  const page = await stage.openAs('out@example.com');
  const cookies = await page.context().cookies();
  await page.goto('/');
  await follow(page, 'button', 'Sign out');
  await page.context().addCookies(cookies);
  await page.goto('/account');
  assert.equal(new URL(page.url()).pathname, '/sign-in');
  await leave(page);
});

test('somebody who has to sign in first arrives where they wanted to go', async () => {
  await stage.person({ email: 'return@example.com' });
  const page = await stage.open();
  await page.goto('/tokens/new?scopes=asset.read');
  await page.locator('input[name="email"]').fill('return@example.com');
  await page.locator('input[name="password"]').fill(PASSWORD);
  await follow(page, 'button', 'Sign in');
  await page.getByRole('heading', { name: 'New token' }).waitFor();
  assert.equal(await page.locator('input[value="asset.read"]').isChecked(), true);
  await leave(page);
});
