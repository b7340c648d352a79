/** Every page in every state: valid, usable by everybody, light and dark, silent in the console, and none forgotten. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page, Response } from 'playwright-core';
import { faultsOf } from './html-rules.ts';
import { createCast, SCENES } from './cast.ts';
import { complaintsOf, openStage, type Stage } from './stage.ts';
import { buildWorld, type World } from './world.ts';

let stage: Stage;
let world: World;
let cast: ReturnType<typeof createCast>;
let axe: string;
before(async () => {
  stage = await openStage();
  world = await buildWorld(stage);
  cast = createCast(stage, world, { reducedMotion: 'reduce' });
  axe = await readFile(fileURLToPath(import.meta.resolve('axe-core')), 'utf8');
});
after(() => stage.close());

test('no page of the portal is forgotten here', () => {
  const routes = stage.running.app.routes.filter(
    ({ method, room }) => room === 'portal' && method === 'GET',
  );
  const shown = new Set(SCENES.map(({ route }) => route));
  assert.deepEqual(
    routes.map(({ path }) => `GET ${path}`).filter((route) => !shown.has(route)),
    [],
  );
});

test('what these tests look for would be found', async () => {
  const page = await stage.open();
  await page.goto('/sign-in');
  await page.evaluate(() => {
    document.body.setAttribute('style', 'color: red');
    document.body.append(document.createElement('input'));
    document.body.append(
      Object.assign(document.createElement('p'), { className: 'broad', textContent: 'broad' }),
    );
  });
  assert.match(complaintsOf(page).join(), /violates the following Content Security Policy/);
  await page.evaluate(axe);
  assert.match((await barriersOf(page)).join(), /^label: /);
  await page.locator('.broad').evaluate((broad: HTMLElement) => (broad.style.width = '3000px'));
  assert.notEqual(await overflowOf(page), 0);
  assert.notDeepEqual(await faultsOf('<!doctype html><p><div></div></p>'), []);
  await page.context().close();
});

for (const scene of SCENES) {
  test(`${scene.name} is valid, usable by everybody and silent`, async () => {
    const page = await cast.pageOf(scene.who);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
    const documents = documentsOf(page);
    await scene.go(page, world, stage);
    const last = (await documents.stop()).at(-1);
    assert.ok(last !== undefined, 'a page came');
    assert.ok(last.status() < 500, `${last.status()}`);
    if (scene.who !== 'visitor')
      assert.ok(!isSignIn(last.url()) || scene.route.includes('/sign-in'), 'it is still signed in');
    assert.deepEqual(await faultsOf(await last.text()), []);
    await page.evaluate(axe);
    assert.deepEqual(await barriersOf(page), []);
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await barriersOf(page, ['color-contrast', 'link-in-text-block']), []);
    await page.setViewportSize({ width: 390, height: 844 });
    assert.deepEqual(await barriersOf(page, ['color-contrast', 'target-size']), []);
    assert.equal(await overflowOf(page), 0, 'nothing is wider than a phone');
    assert.deepEqual(complaintsOf(page), []);
  });
}

const isSignIn = (url: string): boolean => new URL(url).pathname === '/sign-in';

/** The documents that come while a scene plays. */
function documentsOf(page: Page) {
  const found: Response[] = [];
  const note = (response: Response): void => {
    const isDocument = response.request().resourceType() === 'document';
    if (isDocument && response.status() !== 303 && response.status() !== 302) found.push(response);
  };
  page.on('response', note);
  return {
    stop: async (): Promise<readonly Response[]> => {
      page.off('response', note);
      return found;
    },
  };
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** What keeps people out, by axe-core: everything serious or critical. */
async function barriersOf(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  const only = rules === undefined ? {} : { runOnly: { type: 'rule', values: rules } };
  const { violations } = await page.evaluate<AxeResult>(
    `axe.run(document, { resultTypes: ['violations'], ...${JSON.stringify(only)} })`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}

const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
