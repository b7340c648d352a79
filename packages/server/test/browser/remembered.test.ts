/**
 * Pages that come back: out of the browser's memory, with what was typed and without what is over; and by Back after sign-out, when
 * nothing private may be there. The packaged Chromium keeps no page in memory, so the event that tells a page of it is sent by hand.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createFirstToken } from './journey.ts';
import { follow, openStage, type Stage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const comeBack = (page: Page): Promise<boolean> =>
  page.evaluate(() =>
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
  );

async function arrive(email: string, path: string): Promise<Page> {
  await stage.person({ email, name: 'Ada Private' });
  const page = await stage.openAs(email);
  await page.goto(path);
  return page;
}

test('a form that comes back has what was typed into it', async () => {
  const page = await arrive('typed@example.com', '/apps/new');
  await page.locator('[name="name"]').fill('Half of a name');
  const checked = page.waitForResponse((answer) => answer.url().endsWith('/account'));
  await comeBack(page);
  assert.equal((await checked).status(), 200);
  await page.locator('[name="name"]').waitFor({ state: 'visible' });
  assert.equal(await page.locator('[name="name"]').inputValue(), 'Half of a name');
  await page.context().close();
});

test('a page that comes back after sign-out elsewhere shows nothing and leads to sign-in', async () => {
  const page = await arrive('elsewhere@example.com', '/account');
  const other = await page.context().newPage();
  await other.goto('/');
  await follow(other, 'button', 'Sign out');
  const gone = page.waitForURL(/\/sign-in/);
  await comeBack(page);
  assert.equal(await page.locator('body').isVisible(), false);
  await gone;
  assert.doesNotMatch(await page.content(), /Ada Private/);
  await page.context().close();
});

test('a page with a secret that comes back has it no more', async () => {
  await stage.person({ email: 'secret@example.com' });
  const page = await stage.openAs('secret@example.com');
  const token = await createFirstToken(page, 'Shown once');
  const reloaded = page.waitForEvent('load');
  await comeBack(page);
  await reloaded;
  assert.ok(!(await page.content()).includes(token));
  await page.context().close();
});

test('Back after sign-out shows nothing private', async () => {
  for (const [at, path] of [
    '/',
    '/account',
    '/tokens',
    '/apps',
    '/apps/new',
    '/connections',
  ].entries()) {
    const page = await arrive(`back-${at}@example.com`, path);
    assert.match(await page.content(), /Ada Private/);
    await follow(page, 'button', 'Sign out');
    await page.goBack();
    assert.doesNotMatch(await page.content(), /Ada Private|back-\d@example\.com/, path);
    await page.context().close();
  }
});
