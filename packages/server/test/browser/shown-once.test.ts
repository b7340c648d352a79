/** The secret stands on one page, once, and nowhere else that a browser keeps or sends. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createFirstToken, signIn, tokenOn } from './journey.ts';
import { follow, leave, openStage, type Stage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

async function arriveAtToken(email: string, javaScriptEnabled = true) {
  const user = await stage.person({ email });
  const page = await stage.openAs(email, { javaScriptEnabled });
  const token = await createFirstToken(page, 'Shown once');
  return { user, page, token };
}

const countTokens = async (userId: string): Promise<number> =>
  (await stage.running.app.storage.tokens.list({ userId }, { page: 1, pageSize: 10 })).total;

/** Everything that can be read in a page, values of fields included. */
const everythingOn = (page: Page): Promise<string> =>
  page.evaluate(
    () =>
      document.documentElement.outerHTML +
      [...document.querySelectorAll('input')].map((input) => input.value).join(' '),
  );

test('a reload neither shows nor creates', async () => {
  const { user, page, token } = await arriveAtToken('reload@example.com');
  await page.reload();
  await page.getByRole('heading', { name: 'This token was already created' }).waitFor();
  assert.ok(!(await everythingOn(page)).includes(token));
  assert.equal(await countTokens(user.id), 1);
  await page.reload();
  assert.equal(await countTokens(user.id), 1);
  await leave(page);
});

for (const javaScriptEnabled of [true, false]) {
  const way = javaScriptEnabled ? 'with script' : 'without script';

  test(`Back does not bring the secret back, ${way}`, async () => {
    const email = `back-${javaScriptEnabled}@example.com`;
    const { user, page, token } = await arriveAtToken(email, javaScriptEnabled);
    await follow(page, 'link', 'All tokens');
    await page.goBack().catch((error: unknown) => assert.match(String(error), /ERR_CACHE_MISS/));
    assert.ok(!(await page.content()).includes(token));
    const fields = await page
      .locator('input')
      .evaluateAll((inputs) =>
        inputs.map((input) => (input instanceof HTMLInputElement ? input.value : '')),
      );
    assert.ok(!fields.includes(token));
    assert.equal(await countTokens(user.id), 1);
    await page.context().close();
  });
}

test('no address, referrer or title holds the secret, nor any request but the test of it', async () => {
  const { page, token } = await arriveAtToken('leaks@example.com');
  const secret = token.slice('gate_pat_'.length + 12);
  const heard: string[] = [];
  page.context().on('request', (request) => {
    const { authorization, ...headers } = request.headers();
    heard.push(request.url(), JSON.stringify(headers), request.postData() ?? '');
    if (authorization !== undefined) heard.push(`to ${new URL(request.url()).pathname}`);
  });
  heard.push(page.url(), await page.title());
  await page.getByRole('button', { name: 'Test it now' }).click();
  await page.getByText(/^200: the token works/).waitFor();
  await follow(page, 'link', 'About this token');
  heard.push(page.url(), await page.title(), await page.evaluate(() => document.referrer));
  heard.push(await everythingOn(page));
  assert.deepEqual(
    heard.filter((text) => text.includes(secret)),
    [],
  );
  assert.deepEqual(
    heard.filter((text) => text.startsWith('to ')),
    ['to /v2/me'],
  );
  await leave(page);
});

test('nothing of it is kept where scripts of the site could find it', async () => {
  await stage.person({ email: 'storage@example.com' });
  const page = await stage.open();
  await signIn(page, 'storage@example.com');
  const token = await createFirstToken(page, 'Shown once');
  const kept = await page.evaluate(() =>
    JSON.stringify([localStorage, sessionStorage, history.state, document.cookie]),
  );
  assert.ok(!kept.includes(token));
  assert.equal(await page.evaluate(() => document.cookie), '', 'no cookie is for scripts');
  await leave(page);
});

test('the log of the server does not hold the secret', async () => {
  const { page, token } = await arriveAtToken('log@example.com');
  await page.getByRole('button', { name: 'Test it now' }).click();
  await page.getByText(/^200: the token works/).waitFor();
  const log = stage.running.log.join('');
  assert.ok(log.includes('/tokens'), 'there is a log');
  assert.ok(!log.includes(token.slice('gate_pat_'.length + 12)));
  await leave(page);
});

test('the form of the answer without script leaves no copy behind either', async () => {
  const { page, token } = await arriveAtToken('once@example.com', false);
  assert.equal(await tokenOn(page), token);
  const response = await page.goto('/tokens');
  assert.equal(response?.headers()['cache-control'], 'no-store');
  assert.ok(!(await page.content()).includes(token));
  await leave(page);
});
