/** The walk-through of the specification in a real browser: with script, without, and by keyboard alone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { PASSWORD } from '../support/running-app.ts';
import {
  createFirstToken,
  curlOn,
  openMessage,
  runCurl,
  signUpAndVerify,
  tokenOn,
} from './journey.ts';
import { follow, leave, openStage, type Stage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

for (const javaScriptEnabled of [true, false]) {
  const way = javaScriptEnabled ? 'with script' : 'without script';

  test(`a stranger has a working token, and takes it back, ${way}`, async () => {
    const email = javaScriptEnabled ? 'ada@example.com' : 'grace@example.com';
    const page = await stage.open({ javaScriptEnabled });
    await signUpAndVerify(page, email);
    assert.equal(new URL(page.url()).pathname, '/');
    const token = await createFirstToken(page, 'First experiments');
    const curl = await curlOn(page);
    assert.ok(curl.includes(token) && curl.includes(`${stage.base}/v2/me`), curl);

    const answer = await runCurl(curl);
    assert.equal(answer.status, 200);
    assert.equal(answer.body['_type'], 'user');
    assert.equal(answer.body['email'], email);

    const message = await openMessage(page, /New Gatehouse token/);
    assert.match(message, /Description: “First experiments”/);
    for (const { name } of stage.running.app.catalogues.current().forTokens) {
      assert.ok(message.includes(name), `${name} stands in the message`);
    }
    assert.ok(!message.includes(token), 'the message does not hold the token');

    await page.goto('/tokens');
    await follow(page, 'link', 'First experiments');
    await follow(page, 'link', 'Revoke…');
    await follow(page, 'button', 'Revoke this token');
    await page.getByText('The token was revoked.').waitFor();
    const refused = await runCurl(curl);
    assert.equal(refused.status, 401);
    assert.match(JSON.stringify(refused.body), /token_revoked/);
    await leave(page);
  });
}

test('"Test it now" shows the record on the page that shows the token', async () => {
  await stage.person({ email: 'try@example.com' });
  const page = await stage.openAs('try@example.com');
  await createFirstToken(page, 'To be tried');
  await page.getByRole('button', { name: 'Test it now' }).click();
  await page.getByText(/^200: the token works/).waitFor();
  const shown = await page.locator('[data-try-body]').innerText();
  assert.equal(JSON.parse(shown).email, 'try@example.com');
  await leave(page);
});

test('"Test it now" without script opens the answer beside the token', async () => {
  await stage.person({ email: 'plain@example.com' });
  const page = await stage.openAs('plain@example.com', { javaScriptEnabled: false });
  const token = await createFirstToken(page, 'To be tried');
  const [beside] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('button', { name: 'Test it now' }).click(),
  ]);
  await beside.waitForLoadState('load');
  assert.match(await beside.getByRole('main').innerText(), /It works[^]*plain@example\.com/);
  assert.ok(!(await beside.content()).includes(token), 'the answer does not hold the token');
  assert.equal(await tokenOn(page), token);
  await leave(page);
});

test('the names of the fields are those of the interface', async () => {
  const page = await stage.open();
  await page.goto('/sign-up');
  const names = await page
    .locator('form[action="/sign-up"] input:visible')
    .evaluateAll((fields) => fields.map((field) => field.getAttribute('name')));
  assert.deepEqual(names, ['name', 'email', 'password']);
  await page.goto('/sign-in');
  assert.equal(await page.locator('input[name="email"]').count(), 1);
  assert.equal(await page.locator('input[name="password"]').count(), 1);
  await leave(page);
});

test('Tab, Enter and Space lead from signing up to a token', async () => {
  const page = await stage.open();
  const { keyboard } = page;
  await page.goto('/sign-up');
  for (const text of ['Ada Keys', 'keys@example.com', PASSWORD]) {
    await keyboard.type(text);
    await keyboard.press('Tab');
  }
  await arrive(page, () => keyboard.press('Enter'));
  await openMessage(page, /Confirm your e-mail address/);
  await reach(page, /^http\S+verify-email\S+$/);
  await arrive(page, () => keyboard.press('Enter'));
  await reach(page, /^Confirm this address$/);
  await arrive(page, () => keyboard.press('Enter'));
  for (const link of [/^Create a Token$/, /^New$/]) {
    await reach(page, link);
    await arrive(page, () => keyboard.press('Enter'));
  }
  await reach(page, /^Description/);
  await keyboard.type('By keyboard');
  await reach(page, /Select all scopes/);
  await keyboard.press('Space');
  await reach(page, /^Create$/);
  await arrive(page, () => keyboard.press('Enter'));
  const token = await tokenOn(page);
  await reach(page, /^Token$/);
  const selected = await page.evaluate(() => getSelection()?.toString());
  assert.equal(selected, token, 'Tab selects the whole token');
  await leave(page);
});

/** Presses Tab until what is called so has the focus. Every stop on the way must be visible. */
async function reach(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement)) return '';
      const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
      return (labels[0] ?? element).innerText.trim();
    });
    if (name.test(focused)) return;
  }
  assert.fail(`Tab does not lead to ${String(name)} on ${page.url()}`);
}

async function arrive(page: Page, act: () => Promise<void>): Promise<void> {
  await Promise.all([page.waitForEvent('load'), act()]);
}
