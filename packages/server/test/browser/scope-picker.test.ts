/** Choosing scopes: levels, exact boxes, presets, search and "Select all" agree, and what is shown is what is made. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Page } from 'playwright-core';
import { call, tokenOn } from './journey.ts';
import { follow, leave, openStage, type Stage } from './stage.ts';

let stage: Stage;
let page: Page;
before(async () => {
  stage = await openStage();
  await stage.person({ email: 'ada@example.com' });
});
beforeEach(async () => {
  page = await stage.openAs('ada@example.com');
  await page.goto('/tokens/new');
});
after(() => stage.close());

const level = (category: string, word: string) =>
  page.getByRole('group', { name: category, exact: true }).getByRole('radio', { name: word });
const box = (scope: string) => page.locator(`input[value="${scope}"]`);
const summary = () => page.locator('[data-scope-summary]').innerText();

async function create(): Promise<readonly unknown[]> {
  await page.getByLabel('Description').fill('Chosen');
  await follow(page, 'button', 'Create');
  const { body } = await call(stage.base, await tokenOn(page), '/v2/token');
  const { scopes } = body;
  assert.ok(Array.isArray(scopes));
  return scopes;
}

test('a level chooses its boxes, and the summary counts them', async () => {
  await level('Assets', 'Write').check();
  assert.equal(await summary(), 'can read 1 thing, change 2, delete nothing');
  assert.equal(await box('asset.update').isChecked(), true);
  assert.equal(await box('asset.delete').isChecked(), false);
  assert.deepEqual(await create(), ['asset.create', 'asset.read', 'asset.update']);
  await leave(page);
});

test('deleting is chosen by name alone, in a category that opens', async () => {
  await level('Assets', 'Read').check();
  await page.getByText('Assets: exact scopes').click();
  await box('asset.delete').check();
  assert.equal(await level('Assets', 'Read').isChecked(), true);
  assert.equal(await summary(), 'can read 1 thing, change nothing, delete 1');
  assert.deepEqual(await create(), ['asset.read', 'asset.delete']);
  await leave(page);
});

test('what is ticked beside the level is said on the closed category, with script and without', async () => {
  const plain = await stage.openAs('ada@example.com', { javaScriptEnabled: false });
  await plain.goto('/tokens/new');
  for (const open of [page, plain]) {
    const assets = open.getByRole('group', { name: 'Assets', exact: true });
    const says = async () => (await assets.locator('summary').innerText()).split(/\s*\n\s*/);
    const tick = (scope: string) => open.locator(`input[value="${scope}"]`).check();
    assert.deepEqual(await says(), ['Assets', ': exact scopes', '4 scopes']);
    await assets.getByRole('radio', { name: 'Read' }).check();
    await assets.locator('summary').click();
    await tick('asset.delete');
    await assets.locator('summary').click();
    assert.ok((await says()).includes('Delete'));
    assert.ok(!(await says()).includes('Chosen by name'));
    await assets.locator('summary').click();
    await tick('asset.create');
    assert.ok((await says()).join().includes('Chosen by name'));
  }
  await leave(plain);
  await leave(page);
});

test('the summary covers no row of the choice', async () => {
  await page.setViewportSize({ width: 1280, height: 700 });
  for (const radio of await page.locator('[data-scope-level="none"]').all()) {
    await radio.focus();
    const isOnTop = await radio.evaluate((input) => {
      const { x, y, width, height } = input.getBoundingClientRect();
      const top = document.elementFromPoint(x + width / 2, y + height / 2);
      return top !== null && input.parentElement?.contains(top) === true;
    });
    assert.ok(isOnTop, (await radio.getAttribute('name')) ?? '');
  }
  await leave(page);
});

test('boxes that no level names leave no level chosen', async () => {
  await page.getByText('Assets: exact scopes').click();
  await box('asset.create').check();
  for (const word of ['None', 'Read', 'Write']) {
    assert.equal(await level('Assets', word).isChecked(), false, word);
  }
  assert.deepEqual(await create(), ['asset.create']);
  await leave(page);
});

test('a preset replaces the choice; unticking "Select all" leaves nothing', async () => {
  await page.getByLabel('Select all scopes').check();
  assert.match(await summary(), /delete [1-9]/);
  await page.getByLabel('Select all scopes').uncheck();
  assert.equal(await summary(), 'can read nothing, change nothing, delete nothing');
  await page.getByRole('button', { name: 'Read only' }).click();
  assert.match(await summary(), /^can read \d+ things, change nothing, delete nothing$/);
  assert.ok((await create()).every((scope) => String(scope).endsWith('.read')));
  await leave(page);
});

test('search finds scopes, opens their categories, and Enter there creates nothing', async () => {
  await page.getByLabel('Search scopes').fill('webhook');
  assert.equal(await page.locator('[data-scope-group]:visible').count(), 1);
  assert.equal(await box('webhook.read').isVisible(), true);
  await page.getByLabel('Search scopes').press('Enter');
  assert.equal(new URL(page.url()).pathname, '/tokens/new');
  await page.getByText('4 scopes found').waitFor({ state: 'attached' });
  await leave(page);
});

test('without script levels and boxes add up', async () => {
  const plain = await stage.openAs('ada@example.com', { javaScriptEnabled: false });
  await leave(page);
  page = plain;
  await page.goto('/tokens/new');
  await level('Assets', 'Read').check();
  await page.getByText('Comments: exact scopes').click();
  await box('comment.delete').check();
  assert.deepEqual(await create(), ['asset.read', 'comment.delete']);
  await leave(page);
});

test('without script the date is there when its chip is chosen, and only then', async () => {
  const plain = await stage.openAs('ada@example.com', { javaScriptEnabled: false });
  await leave(page);
  page = plain;
  await page.goto('/tokens/new');
  assert.equal(await page.getByLabel('Expiry date').isVisible(), false);
  await page.getByRole('radio', { name: 'Custom…' }).check();
  assert.equal(await page.getByLabel('Expiry date').isVisible(), true);
  await leave(page);
});
