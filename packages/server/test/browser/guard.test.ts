/** A click that was meant for another window does not allow an app, and one that was meant for the page does. */
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Registered } from '../support/oauth.ts';
import { closeApps, linkOf, newApp, serveApp, type AppServer } from './oauth-apps.ts';
import { openStage, type Stage } from './stage.ts';

const USER = 'ada@example.com';

let stage: Stage;
let app: Registered;
let local: AppServer;

before(async () => {
  stage = await openStage();
  await stage.person({ email: USER });
  local = await serveApp();
  app = await newApp(stage, { redirectUris: [`http://127.0.0.1/callback`] });
});
after(async () => {
  await closeApps();
  await stage.close();
});

const link = (): string => linkOf(app, `${local.origin}/callback`, { prompt: 'consent' });

/** The pointer lies where Allow will be, as an attacker's window would leave it. */
async function appearUnderPointer(page: Page): Promise<{ x: number; y: number }> {
  // All of the page is in the window, so that the button is under the pointer.
  await page.setViewportSize({ width: 1280, height: 1200 });
  await page.goto(link());
  const box = await page.getByRole('button', { name: 'Allow', exact: true }).boundingBox();
  assert.ok(box !== null);
  await page.goto('about:blank');
  const place = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(place.x, place.y);
  await page.goto(link());
  return place;
}

async function clickWhereItLies(page: Page): Promise<void> {
  await page.mouse.down();
  await page.mouse.up();
}

const isAsked = (page: Page): boolean => page.url().startsWith(`${stage.base}/oauth2/auth`);

for (const javaScriptEnabled of [true, false]) {
  test(`a click at once under a pointer that lies still does nothing, script ${String(javaScriptEnabled)}`, async () => {
    const page = await stage.openAs(USER, { javaScriptEnabled });
    await appearUnderPointer(page);
    await clickWhereItLies(page);
    await wait(300);
    assert.ok(isAsked(page), page.url());
    await page.mouse.move(3, 3);
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.waitForURL(/\/callback\?code=/);
    await page.context().close();
  });
}

test('nor does a later one, until the pointer has moved; and the page says so', async () => {
  const page = await stage.openAs(USER);
  const { x, y } = await appearUnderPointer(page);
  await wait(1000);
  // It reports itself, and the hand that presses trembles.
  for (const [dx, dy] of [
    [0, 0],
    [0, 0],
    [1, 0],
    [1, 1],
  ] as const)
    await page.mouse.move(x + dx, y + dy);
  await clickWhereItLies(page);
  await wait(300);
  assert.ok(isAsked(page), page.url());
  assert.match(await page.locator('[data-guard-hint]').innerText(), /move the pointer/);
  await page.mouse.move(3, 3);
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.waitForURL(/\/callback\?code=/);
  await page.context().close();
});

/** What a page is told when its window moves, and the pointer does not. */
const MOVES_OF_WINDOWS = [
  { name: 'on the screen', from: { screenX: 10, clientX: 10 }, to: { screenX: 90, clientX: 10 } },
  {
    name: 'after the corner of the screen',
    from: { screenX: 0, clientX: 0 },
    to: { screenX: 90, clientX: 90 },
  },
  { name: 'in the window', from: { screenX: 10, clientX: 10 }, to: { screenX: 10, clientX: 90 } },
];

for (const { name, from, to } of MOVES_OF_WINDOWS)
  test(`a pointer that is elsewhere ${name} alone has not moved`, async () => {
    const page = await stage.openAs(USER);
    await page.goto(link());
    await wait(1000);
    await page.evaluate(
      (places) => {
        for (const place of places)
          document.dispatchEvent(
            new PointerEvent('pointermove', { pointerType: 'mouse', ...place }),
          );
        const allow = document.querySelector<HTMLElement>('button[data-guard]');
        allow?.dispatchEvent(
          new MouseEvent('click', { detail: 1, bubbles: true, cancelable: true }),
        );
      },
      [from, to],
    );
    assert.ok(isAsked(page), page.url());
    assert.match(await page.locator('[data-guard-hint]').innerText(), /move the pointer/);
    await page.context().close();
  });

test('a window that gets the focus back waits again', async () => {
  const page = await stage.openAs(USER);
  await page.goto(link());
  await wait(1000);
  await page.mouse.move(5, 5);
  const box = await page.getByRole('button', { name: 'Allow', exact: true }).boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + 5, box.y + 5);
  // What a popup does that is closed by the first click of two.
  await page.evaluate(() => {
    window.dispatchEvent(new Event('blur'));
    window.dispatchEvent(new Event('focus'));
  });
  await clickWhereItLies(page);
  await wait(300);
  assert.ok(isAsked(page), page.url());
  await page.context().close();
});

/**
 * A driven Chromium says of every window that it has the focus, and tells none that it got it. What a person's browser tells
 * a window that lies under another is told here instead; the windows and their pointers are real.
 */
const beginCovered = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    let isFocused = false;
    Object.assign(document, { hasFocus: () => isFocused });
    window.addEventListener('focus', () => (isFocused = true), true);
  });

const uncover = (page: Page): Promise<unknown> =>
  page.evaluate(() => window.dispatchEvent(new Event('focus')));

test('the second click of a double click on a popup, whose first one closed it, does not allow', async () => {
  const attacker = await serveApp((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>x</title><link rel="icon" href="data:,"><p>Win');
  });
  const opener = await stage.openAs(USER);
  await opener.goto(attacker.origin);
  const [popup] = await Promise.all([
    opener.waitForEvent('popup'),
    opener.evaluate(() => void window.open('about:blank', 'x', 'width=600,height=600')),
  ]);
  await beginCovered(opener);
  // While the popup lies over it, the opener goes to the question. Both belong to the attacker until then.
  await popup.evaluate((to) => {
    // Typed as anything; it is the window above.
    (window.opener as Window).location.assign(to);
  }, stage.base + link());
  await opener.waitForURL(/\/oauth2\/auth/);
  const allow = opener.getByRole('button', { name: 'Allow', exact: true });
  await allow.waitFor();
  await wait(1000);
  const box = await allow.boundingBox();
  assert.ok(box !== null);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await popup.mouse.move(x, y);
  await popup.evaluate(() => document.addEventListener('mousedown', () => window.close()));
  const closed = popup.waitForEvent('close');
  // The window is gone before the press is answered.
  await popup.mouse.down().catch(() => null);
  await closed;
  await uncover(opener);
  await opener.mouse.move(x, y);
  await clickWhereItLies(opener);
  await wait(300);
  assert.ok(isAsked(opener), opener.url());
  await wait(700);
  await opener.mouse.move(3, 3);
  await allow.click();
  await opener.waitForURL(/\/callback\?code=/);
  await opener.context().close();
});

test('a finger allows, after a moment, without any pointer that moves', async () => {
  const page = await stage.openAs(USER, { hasTouch: true });
  await page.goto(link());
  await wait(800);
  await page.getByRole('button', { name: 'Allow', exact: true }).tap();
  await page.waitForURL(/\/callback\?code=/);
  await page.context().close();
});

test('the keyboard allows, after a moment, without any pointer', async () => {
  const page = await stage.openAs(USER);
  await page.goto(link());
  await page.getByRole('button', { name: 'Allow', exact: true }).focus();
  await page.keyboard.press('Enter');
  await wait(200);
  assert.ok(isAsked(page), page.url());
  await wait(800);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/callback\?code=/);
  await page.context().close();
});
