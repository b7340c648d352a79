/** What can happen to a token after it was made, done in the pages and seen by the API at once. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Page } from 'playwright-core';
import { call, createFirstToken, tokenOn } from './journey.ts';
import { DAY, follow, leave, openStage, type Stage } from './stage.ts';

let stage: Stage;
let page: Page;
let token: string;
let number = 0;
before(async () => {
  stage = await openStage();
});
beforeEach(async () => {
  number += 1;
  const email = `person-${number}@example.com`;
  await stage.person({ email });
  page = await stage.openAs(email);
  token = await createFirstToken(page, 'Nightly export');
  await follow(page, 'link', 'About this token');
});
after(() => stage.close());

const statusOf = async (credential: string): Promise<number> =>
  (await call(stage.base, credential)).status;

test('rotating with overlap keeps both alive until the old one ends', async () => {
  await follow(page, 'link', 'Rotate…');
  await page.getByRole('radio', { name: 'In 1 hour' }).check();
  await follow(page, 'button', 'Rotate');
  await page.getByRole('heading', { name: 'Token rotated' }).waitFor();
  const successor = await tokenOn(page);
  assert.notEqual(successor, token);
  assert.deepEqual([await statusOf(token), await statusOf(successor)], [200, 200]);
  await page.reload();
  assert.ok(!(await page.content()).includes(successor), 'a reload does not show it again');
  await page.goto('/tokens');
  assert.equal(await page.getByRole('rowheader').count(), 2, 'nor makes a third');
  stage.travel(3601);
  const refused = await call(stage.base, token);
  assert.equal(refused.status, 401);
  assert.match(JSON.stringify(refused.body), /expired/);
  assert.equal(await statusOf(successor), 200);
  await leave(page);
});

test('rotating at once ends the old token at once', async () => {
  await follow(page, 'link', 'Rotate…');
  await page.getByRole('radio', { name: 'At once' }).check();
  await follow(page, 'button', 'Rotate');
  const successor = await tokenOn(page);
  assert.deepEqual([await statusOf(token), await statusOf(successor)], [401, 200]);
  await leave(page);
});

test('narrowing takes scopes away at once and says which are missing', async () => {
  await follow(page, 'link', 'Narrow scopes…');
  for (const box of await page.locator('input[name="scope"]').all()) {
    if ((await box.getAttribute('value')) !== 'asset.read') await box.uncheck();
  }
  await follow(page, 'button', 'Keep the ticked scopes');
  await page.getByText('The scopes were narrowed.').waitFor();
  assert.equal(await statusOf(token), 200);
  const refused = await call(stage.base, token, '/v2/accounts');
  assert.equal(refused.status, 403);
  assert.match(JSON.stringify(refused.body), /account\.read/);
  await page.getByText(/Narrowed by/).waitFor();
  await leave(page);
});

test('disabling refuses at once, enabling answers again', async () => {
  await follow(page, 'button', 'Disable');
  await page.locator('.badge', { hasText: 'Disabled' }).waitFor();
  assert.equal(await statusOf(token), 401);
  await follow(page, 'button', 'Enable');
  await page.locator('.badge', { hasText: 'Active' }).waitFor();
  assert.equal(await statusOf(token), 200);
  await leave(page);
});

test('renaming changes the words and nothing else', async () => {
  await page.getByLabel('Description').fill('Hourly export');
  await follow(page, 'button', 'Rename');
  await page.getByRole('heading', { name: 'Hourly export' }).waitFor();
  await page.getByText('Renamed from “Nightly export”').waitFor();
  assert.equal(await statusOf(token), 200);
  await leave(page);
});

test('use is shown with its address, its program and what was refused', async () => {
  const headers = { authorization: `Bearer ${token}`, 'user-agent': 'export-worker/4.12' };
  await fetch(`${stage.base}/v2/me`, { headers });
  await page.reload();
  await page.getByRole('cell', { name: 'export-worker/4.12' }).waitFor();
  await page.getByText(/^1 call in 30 days, 0 refused$/).waitFor();
  await leave(page);
});

test('what nobody used for ninety days is found and revoked in one go', async () => {
  await createEndless('First forgotten');
  const forgotten = await createEndless('Second forgotten');
  const used = await createEndless('Still in use');
  stage.travel(60 * DAY);
  await call(stage.base, used);
  await stage.running.app.usage.flush();
  stage.travel(31 * DAY);
  await leave(page);
  page = await stage.openAs(`person-${number}@example.com`);
  await page.goto('/tokens?unused=90');
  assert.equal(await page.getByRole('rowheader', { name: /Still in use/ }).count(), 0);
  await page.getByLabel('Select all on this page').check();
  await follow(page, 'button', 'Revoke selected tokens…');
  await page.getByRole('heading', { name: 'Revoke 2 tokens?' }).waitFor();
  assert.equal(await statusOf(forgotten), 200, 'nothing is revoked before it is confirmed');
  await follow(page, 'button', 'Revoke 2 tokens');
  await page.getByText('2 tokens were revoked.').waitFor();
  assert.deepEqual([await statusOf(forgotten), await statusOf(used)], [401, 200]);
  await leave(page);
});

async function createEndless(description: string): Promise<string> {
  await page.goto('/tokens/new');
  await page.getByLabel('Description').fill(description);
  await page.getByRole('radio', { name: 'Never', exact: true }).check();
  await page.getByLabel('Select all scopes').check();
  await follow(page, 'button', 'Create');
  return tokenOn(page);
}
