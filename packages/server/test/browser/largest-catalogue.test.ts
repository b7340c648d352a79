/** The largest catalogue in a browser: every box of a token, of an app and of a consent is sent, and none is lost. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { largestCatalogue, withCatalogue } from '../catalogue/largest.ts';
import { CALLBACK, requestOf } from '../oauth/place.ts';
import { call, tokenOn } from './journey.ts';
import { follow, leave, openStage, type Stage } from './stage.ts';

const EMAIL = 'ada@example.com';
const CATALOGUE = largestCatalogue(true);
const ALL = CATALOGUE.map(({ name }) => name);
const FOR_TOKENS = ALL.filter((name) => name !== 'offline');

let stage: Stage;
before(async () => {
  // Nothing answers there; that the browser tries is what counts.
  const flags = ['--host-resolver-rules=MAP app.example.com 127.0.0.1:9'];
  stage = await openStage({ flags, change: (config) => withCatalogue(config, CATALOGUE) });
  await stage.person({ email: EMAIL });
});
after(() => stage.close());

/** Thousands of controls take a busy machine a while. */
const PATIENCE = 60_000;

async function open(options = {}): Promise<Page> {
  const page = await stage.openAs(EMAIL, options);
  page.context().setDefaultTimeout(PATIENCE);
  return page;
}

const assertAll = (found: readonly unknown[] | undefined, expected: readonly string[]): void =>
  assert.ok(found?.join(' ') === expected.join(' '), `${found?.length} of ${expected.length}`);

/** As a person would who ticks one after the other, without the thousands of clicks. */
const tickAll = (page: Page, selector: string): Promise<number> =>
  page.locator(selector).evaluateAll((boxes: readonly HTMLInputElement[]) => {
    for (const box of boxes) box.checked = true;
    boxes.at(-1)?.dispatchEvent(new Event('change', { bubbles: true }));
    return boxes.length;
  });

for (const javaScriptEnabled of [true, false])
  test(`a token with every box ticked, ${javaScriptEnabled ? 'with script' : 'without'}`, async () => {
    const page = await open({ javaScriptEnabled });
    await page.goto('/tokens/new');
    await page.getByLabel('Description').fill('All');
    if (javaScriptEnabled) assert.equal(await tickAll(page, '[name="scope"]'), FOR_TOKENS.length);
    else await page.getByLabel('Select all scopes').check();
    await follow(page, 'button', 'Create');
    const { body } = await call(stage.base, await tokenOn(page), '/v2/token');
    assertAll(body['scopes'] as readonly string[], FOR_TOKENS);
    await leave(page);
  });

test('an app that asks for all as optional is registered, saved again and allowed all', async () => {
  const page = await open();
  await page.goto('/apps/new');
  await page.getByLabel('Name').fill('Cutting Room');
  await page.getByLabel('Redirect URIs, one a line').fill(CALLBACK);
  assert.equal(await tickAll(page, '[value="optional"]'), ALL.length);
  await follow(page, 'button', 'Register');
  const { apps } = stage.running.app.storage;
  const listed = async () => (await apps.list({}, { page: 1, pageSize: 1 })).items[0];
  const app = await listed();
  assertAll(app?.scopes, ALL);
  await page.goto(`/apps/${app?.id}/edit`);
  await page.getByLabel('Description').fill('Saved');
  await follow(page, 'button', 'Save');
  const saved = await listed();
  assert.equal(saved?.description, 'Saved');
  assertAll(saved.scopes, ALL);
  assertAll(saved.optionalScopes, ALL);
  await page.goto(requestOf({ app: saved, secret: '' }, { scope: null }));
  assert.equal(await page.locator('[name="scope"]:checked').count(), ALL.length);
  const sent = page.waitForEvent('requestfailed', (request) => request.url().startsWith(CALLBACK));
  // A pointer that did not move is not believed.
  await page.mouse.move(3, 3);
  // Two moves within one frame are one event, and a frame of this page takes a busy machine long.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  await page.locator('[name="decision"][value="allow"]').click();
  assert.ok(new URL((await sent).url()).searchParams.has('code'));
  const { items } = await stage.running.app.storage.grants.connections(
    { clientId: saved.id, sinceDay: 0 },
    { page: 1, pageSize: 1 },
  );
  assertAll(items[0]?.scopes, ALL);
  await page.context().close();
});
