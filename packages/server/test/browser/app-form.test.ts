/** The form of an app in a browser: what folds away, what is said while typing, and the secret that does not come back. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Page } from 'playwright-core';
import { follow, leave, openStage, type Stage } from './stage.ts';

let stage: Stage;
let page: Page;
before(async () => {
  stage = await openStage();
  await stage.person({ email: 'ada@example.com' });
});
beforeEach(async () => {
  page = await stage.openAs('ada@example.com');
  await page.goto('/apps/new');
});
after(() => stage.close());

const type = (name: string) => page.getByRole('radio', { name, exact: false }).first();
const uris = () => page.getByLabel('Redirect URIs, one a line');
const hints = () => page.locator('[data-redirect-hints]');
const wish = (scope: string, word: string) =>
  page.locator(`[name="scope.${scope}"][value="${word}"]`);

test('what does not concern a type is folded away, with script and without', async () => {
  const bare = await stage.openAs('ada@example.com', { javaScriptEnabled: false });
  await bare.goto('/apps/new');
  for (const open of [page, bare]) {
    await open.locator('.advanced > summary').click();
    const seen = async () => [
      await open.getByLabel('Redirect URIs, one a line').isVisible(),
      await open.getByText('Persistent access', { exact: true }).last().isVisible(),
      await open.getByText('People see this when it asks them for access.').isVisible(),
      await open.getByText('Optional: asset.read').isVisible(),
      await open.getByText('Legacy public client without PKCE').isVisible(),
      await open.getByText('It asks nobody for access.').isVisible(),
    ];
    await open.getByText('Assets', { exact: true }).click();
    assert.deepEqual(await seen(), [true, true, true, true, false, false]);
    await open.locator('[name="type"][value="public"]').check();
    assert.deepEqual(await seen(), [true, true, true, true, true, false]);
    await open.locator('[name="type"][value="service"]').check();
    assert.deepEqual(await seen(), [false, false, false, false, false, true]);
  }
  await leave(page);
  await leave(bare);
});

test('a fault is never folded away', async () => {
  await page.getByLabel('Name').fill('Render farm');
  await uris().fill('https://app.example.com/cb');
  await type('Service').check();
  await page.getByText('Assets', { exact: true }).click();
  await wish('asset.read', 'required').check({ force: true });
  await follow(page, 'button', 'Register');
  assert.equal(await uris().isVisible(), true);
  await page.getByRole('link', { name: 'see the field' }).click();
  assert.ok(await uris().evaluate((field) => field === document.activeElement));
  await leave(page);
});

test('a line that cannot be right is told at once, and only then', async () => {
  const cases: readonly (readonly [string, RegExp | null])[] = [
    ['https://app.example.com/cb', null],
    ['http://localhost:3000/cb', null],
    ['com.example.app:/cb', null],
    ['http://app.example.com/cb', /plain http/],
    ['https://app.example.com/#x', /fragment/],
    ['https://*.example.com/', /wildcard/],
    ['app.example.com', /not a complete address/],
    ['https://ada@app.example.com/', /user name/],
    ['https://a.example/ https://b.example/', /space/],
    ['javascript:alert(1)', /cannot be used/],
  ];
  for (const [line, words] of cases) {
    await uris().fill(`https://good.example.com/cb\n${line}`);
    await uris().blur();
    assert.equal(await hints().isVisible(), words !== null, line);
    if (words !== null) assert.match(await hints().innerText(), words);
  }
  await leave(page);
});

test('what the server has said of the lines is not said again until they change, and no click is lost to it', async () => {
  await page.getByLabel('Name').fill('Render farm');
  await uris().fill('https://*.example.com');
  await follow(page, 'button', 'Register');
  await page.getByText('Wildcards are not supported').waitFor();
  assert.equal(await hints().isVisible(), false);
  await uris().fill('https://app.example.com/#x');
  await uris().blur();
  assert.match(await hints().innerText(), /has a fragment/);
  // The list that appears moves the button between press and release.
  await follow(page, 'button', 'Register');
  await page.getByText('Leave out the fragment').waitFor();
  await leave(page);
});

test('categories count what is chosen in them', async () => {
  const assets = page.locator('.wish-group', { hasText: 'asset.read' });
  const count = () => assets.locator('.scope-count').innerText();
  assert.equal(await count(), '4 scopes');
  await assets.locator('summary').click();
  await wish('asset.read', 'required').check({ force: true });
  await wish('asset.create', 'optional').check({ force: true });
  assert.equal(await count(), '2 of 4 scopes');
  await wish('asset.create', 'none').check({ force: true });
  assert.equal(await count(), '1 of 4 scopes');
  await leave(page);
});

test('a closed category says that something in it is chosen, after Back and without script', async () => {
  const plain = await stage.openAs('ada@example.com', { javaScriptEnabled: false });
  await plain.goto('/apps/new');
  for (const open of [page, plain]) {
    const assets = open.locator('.wish-group', { hasText: 'asset.read' });
    await assets.locator('summary').click();
    await assets.locator('[value="required"]').first().check({ force: true });
    await assets.locator('summary').click();
    await open.goto('/nowhere');
    await open.goBack();
    const says = await assets.locator('summary').innerText();
    assert.match(
      says,
      open === page ? /^Assets\s+1 of 4 scopes$/ : /^Assets\s+Some chosen\s+4 scopes$/,
    );
  }
  await leave(page);
  await leave(plain);
});

test('the client secret is copied whole, and does not come back with the page', async () => {
  await page.getByLabel('Name').fill('Render farm');
  await type('Service').check();
  await page.getByText('Assets', { exact: true }).click();
  await wish('asset.read', 'required').check({ force: true });
  await follow(page, 'button', 'Register');
  const secret = await page.getByLabel('Client secret', { exact: true }).inputValue();
  assert.match(secret, /^gate_cs_\w{40,}$/);
  await page.getByRole('tab', { name: 'openid-client' }).click();
  assert.ok((await page.locator('#settings-openid-client').innerText()).includes(secret));
  await follow(page, 'link', 'About this app');
  // The browser would have to send the form again, and asks first.
  await assert.rejects(page.goBack(), /ERR_CACHE_MISS/);
  await leave(page);
});
