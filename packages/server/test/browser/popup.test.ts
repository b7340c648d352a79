/** An app that authorizes in a popup, as Swagger UI 5 does: its callback page hands the answer to `window.opener`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { linkTo, PASSWORD } from '../support/running-app.ts';
import type { Registered } from '../support/oauth.ts';
import { closeApps, linkOf, newApp, serveApp, type AppServer } from './oauth-apps.ts';
import { leave, openStage, type Stage } from './stage.ts';

const USER = 'ada@example.com';

let stage: Stage;
let registered: Registered;
let app: AppServer;

/** What swagger-ui 5's oauth2-redirect.html does, in short: without an opener it throws, and the app waits for ever. */
const CALLBACK = `<!doctype html><title>Callback</title><link rel="icon" href="data:,"><script>
  window.opener.swaggerUIRedirectOauth2.callback(location.search);
  window.close();
</script>`;
const APP = `<!doctype html><title>App</title><link rel="icon" href="data:,"><output></output><script>
  window.swaggerUIRedirectOauth2 = { callback(search) { document.querySelector('output').value = search; } };
</script>`;

before(async () => {
  stage = await openStage();
  await stage.person({ email: USER });
  app = await serveApp(
    ({ url = '' }, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(url.startsWith('/callback') ? CALLBACK : APP);
    },
    { name: 'localhost' },
  );
  registered = await newApp(stage, { redirectUris: [`${app.origin}/callback`] });
});
after(async () => {
  await closeApps();
  await stage.close();
});

const CHALLENGE = {
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
};

async function authorize(opener: Page): Promise<Page> {
  await opener.goto(app.origin);
  const link = linkOf(registered, `${app.origin}/callback`, { ...CHALLENGE, prompt: 'consent' });
  const [popup] = await Promise.all([
    opener.waitForEvent('popup'),
    opener.evaluate((to) => void window.open(to), stage.base + link),
  ]);
  await popup.waitForLoadState('load');
  return popup;
}

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

/** The popup closes itself when it is done. */
async function answered(opener: Page, popup: Page, act: () => Promise<void>) {
  await Promise.all([popup.waitForEvent('close'), act()]);
  const answer = await opener.locator('output:not(:empty)').textContent();
  return new URLSearchParams(answer ?? '');
}

const hasOpener = (popup: Page): Promise<boolean> => popup.evaluate(() => window.opener !== null);

async function signIn(popup: Page, password: string): Promise<void> {
  await popup.locator('input[name="email"]').fill(USER);
  await popup.locator('input[name="password"]').fill(password);
  await press(popup, 'Sign in');
}

test('a popup keeps its opener from a wrong password to the answer', async () => {
  const opener = await stage.open();
  const popup = await authorize(opener);
  await signIn(popup, 'a wrong password');
  await popup.getByText('is not right').waitFor();
  assert.ok(await hasOpener(popup), 'after a wrong password');
  await signIn(popup, PASSWORD);
  const allow = popup.getByRole('button', { name: 'Allow', exact: true });
  await allow.waitFor();
  assert.ok(await hasOpener(popup), 'at the question');
  // The button may lie where the one before it lay, and a pointer that did not move is not believed.
  await popup.mouse.move(3, 3);
  const answer = await answered(opener, popup, () => allow.click());
  assert.match(answer.get('code') ?? '', /^gate_oac_/);
  await leave(opener);
});

test('a denial reaches the opener too', async () => {
  const opener = await stage.openAs(USER);
  const popup = await authorize(opener);
  const answer = await answered(opener, popup, () => press(popup, 'Deny'));
  assert.equal(answer.get('error'), 'access_denied');
  await leave(opener);
});

test('so does the answer of somebody who took a new password on the way', async () => {
  const opener = await stage.open();
  const popup = await authorize(opener);
  await popup.getByRole('link', { name: 'Forgot your password?' }).click();
  await popup.locator('input[name="email"]').fill(USER);
  await popup.locator('form button[type="submit"], form button:not([type])').last().click();
  await popup.waitForURL(/\/forgot-password\/sent/);
  assert.ok(await hasOpener(popup));
  await popup.goto(await linkTo(stage.running, USER, '/reset-password'));
  assert.ok(await hasOpener(popup), 'on the page of the link');
  await leave(opener);
});
