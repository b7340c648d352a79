/** Copy says "Copied" when, and only when, the clipboard holds the token. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createFirstToken, tokenOn } from './journey.ts';
import { complaintsOf, leave, openStage, type Stage } from './stage.ts';

/** A name that the browser resolves to this machine, and that no browser takes for a secure place. */
const PLAIN_HOST = 'portal.example';

let stage: Stage;
before(async () => {
  stage = await openStage({ flags: [`--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`] });
  await stage.person({ email: 'ada@example.com' });
});
after(() => stage.close());

/** Pastes into a field, as a person would find out what is on the clipboard. */
async function paste(page: Page): Promise<string> {
  const fresh = await page.context().newPage();
  await fresh.goto('/sign-up/sent');
  await fresh.evaluate(() => {
    const area = document.createElement('textarea');
    area.id = 'pasted';
    document.body.append(area);
  });
  await fresh.locator('#pasted').focus();
  await fresh.keyboard.press('ControlOrMeta+V');
  const pasted = await fresh.locator('#pasted').inputValue();
  await fresh.close();
  return pasted;
}

const copyButton = (page: Page) =>
  page.locator('.code-field').getByRole('button', { name: /^(Copy|Copied)$/ });
const status = (page: Page) => page.locator('[data-copy-status="token"]');

test('with the Clipboard API the clipboard holds the token', async () => {
  const page = await stage.openAs('ada@example.com');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const token = await createFirstToken(page, 'Copied');
  await copyButton(page).click();
  await page.getByText('Copied to the clipboard.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);
  await leave(page);
});

test('without the Clipboard API, too', async () => {
  const page = await stage.openAs('ada@example.com');
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
  });
  const token = await createFirstToken(page, 'Copied the old way');
  await copyButton(page).click();
  await page.getByText('Copied to the clipboard.').waitFor();
  assert.equal(await paste(page), token);
  await leave(page);
});

test('on plain HTTP, where the API does not exist, too', async () => {
  const plain = stage.base.replace('localhost', PLAIN_HOST);
  const page = await stage.openAs('ada@example.com', { baseURL: plain });
  const [cookie] = await page.context().cookies();
  await page
    .context()
    .addCookies([{ name: 'gatehouse_session', value: cookie?.value ?? '', url: plain }]);
  const token = await createFirstToken(page, 'Copied on plain HTTP');
  assert.equal(await page.evaluate(() => isSecureContext), false);
  await copyButton(page).click();
  await page.getByText('Copied to the clipboard.').waitFor();
  assert.equal(await paste(page), token);
  // Browsers heed this header on HTTPS and on localhost alone, and say so on every page.
  const others = complaintsOf(page).filter((text) => !text.includes('Cross-Origin-Opener-Policy'));
  assert.deepEqual(others, []);
  await page.context().close();
});

test('when every way fails it says so, and leaves the token selected', async () => {
  const page = await stage.openAs('ada@example.com');
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    document.execCommand = () => false;
  });
  const token = await createFirstToken(page, 'Not copied');
  await copyButton(page).click();
  await page.getByText(/^Selected\. Press (Ctrl\+|⌘)C to copy\.$/).waitFor();
  assert.equal(await copyButton(page).innerText(), 'Copy');
  assert.equal(await page.evaluate(() => getSelection()?.toString()), token);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'token');
  await leave(page);
});

test('a browser that claims to copy and does not is not believed', async () => {
  const page = await stage.openAs('ada@example.com');
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    document.execCommand = () => true;
  });
  await createFirstToken(page, 'Said to be copied');
  await copyButton(page).click();
  await page.getByText(/^Selected\./).waitFor();
  await leave(page);
});

test('a refused permission falls back to the old way', async () => {
  const page = await stage.openAs('ada@example.com');
  await page.addInitScript(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
  });
  const token = await createFirstToken(page, 'Refused first');
  await copyButton(page).click();
  await page.getByText('Copied to the clipboard.').waitFor();
  assert.equal(await paste(page), token);
  assert.equal(await status(page).isVisible(), true);
  await leave(page);
});

test('without script there is no button that does nothing', async () => {
  const page = await stage.openAs('ada@example.com', { javaScriptEnabled: false });
  await createFirstToken(page, 'By hand');
  assert.equal(await copyButton(page).count(), 0);
  assert.match(await tokenOn(page), /^gate_pat_/);
  await leave(page);
});
