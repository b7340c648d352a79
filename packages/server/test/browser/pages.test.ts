/**
 * Every page in every state: valid, usable by everybody, light and dark, with forced colours, after Back and without script, silent
 * in the console, and none forgotten. A new page comes in by its scene.
 */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { Page, Response } from 'playwright-core';
import { assertTrueAfterBack, assertTrueWithoutScript } from './back.ts';
import { barriersOf, loadAxe, overflowOf } from './barriers.ts';
import { createCast, SCENES } from './cast.ts';
import { unseenOn } from './forced-colors.ts';
import { changeControls, hasControls, readPage, textByMark } from './form-state.ts';
import { faultsOf } from './html-rules.ts';
import type { Scene } from './scenes.ts';
import { complaintsOf, leave, openStage, type Stage } from './stage.ts';
import { buildWorld, type World } from './world.ts';

let stage: Stage;
let world: World;
let cast: ReturnType<typeof createCast>;
let plainCast: typeof cast;
/** A page without a policy, to look at pictures with. */
let eye: Page;
before(async () => {
  stage = await openStage();
  world = await buildWorld(stage);
  cast = createCast(stage, world, { reducedMotion: 'reduce' });
  plainCast = createCast(stage, world, { javaScriptEnabled: false });
  eye = await stage.browser.newPage();
});
after(() => stage.close());

test('no page of the portal is forgotten here', () => {
  const routes = stage.running.app.routes.filter(
    ({ method, family }) => family === 'portal' && method === 'GET',
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
  await loadAxe(page);
  assert.match((await barriersOf(page)).join(), /^label: /);
  await page.locator('.broad').evaluate((broad: HTMLElement) => (broad.style.width = '3000px'));
  assert.notEqual(await overflowOf(page), 0);
  assert.notDeepEqual(await faultsOf('<!doctype html><p><div></div></p>'), []);
  await page.context().close();
});

test('a state that is told by background alone would be found', async () => {
  const page = await stage.openAs('ada@example.com', { forcedColors: 'active' });
  await page.goto('/tokens/new');
  await page.evaluate(() => {
    for (const span of document.querySelectorAll<HTMLElement>('.chip > :checked + span'))
      Object.assign(span.style, {
        forcedColorAdjust: 'auto',
        background: 'blue',
        borderColor: 'blue',
      });
  });
  assert.deepEqual(await unseenOn(page, eye), ['expires_in: 90 days']);
  await page.context().close();
});

test('what a form says that changes would be found', async () => {
  const page = await stage.openAs('ada@example.com');
  await page.goto('/tokens/new');
  const empty = await readPage(page);
  const marks = await textByMark(page);
  await changeControls(page);
  assert.notDeepEqual(await readPage(page), empty);
  const written = await textByMark(page);
  assert.notEqual(written.get('data-scope-summary'), marks.get('data-scope-summary'));
  assert.match(written.get('data-scope-count') ?? '', /\d+ of/);
  await leave(page);
});

/** Scenes that change the page by hand, or take back once it is there what it shows: Back shows another page. */
const CHANGED_BY_HAND = [
  'account-no-password',
  'consent-inert',
  'sign-up-correct',
  'mail-refused',
  'welcome-mail-refused',
];
const withForms = new Set<string>();
/** Where forms of the scenes post to. */
const actions = new Set<string>();

for (const scene of SCENES) {
  test(`${scene.name} is valid, usable by everybody and silent`, async (context) => {
    const page = await cast.pageOf(scene.who);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
    const documents = documentsOf(page);
    await scene.go(page, world, stage);
    const last = (await documents.stop()).at(-1);
    assert.ok(last !== undefined, 'a page came');
    assert.ok(last.response.status() < 500, `${last.response.status()}`);
    if (scene.who !== 'visitor')
      assert.ok(
        !isSignIn(last.response.url()) || scene.route.includes('/sign-in'),
        'it is still signed in',
      );
    const html = await last.text;
    for (const [, action = ''] of html.matchAll(/ (?:form)?action="([^"?]+)/g)) actions.add(action);
    assert.deepEqual(await faultsOf(html), []);
    await assertUsable(page);
    assert.deepEqual(complaintsOf(page), []);
    if (scene.route.startsWith('GET ')) await lookAgain(context, scene, page);
  });
}

const isSignIn = (url: string): boolean => new URL(url).pathname === '/sign-in';

async function assertUsable(page: Page): Promise<void> {
  await loadAxe(page);
  assert.deepEqual(await barriersOf(page), []);
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await barriersOf(page, ['color-contrast', 'link-in-text-block']), []);
  await page.setViewportSize({ width: 390, height: 844 });
  assert.deepEqual(await barriersOf(page, ['color-contrast', 'target-size']), []);
  assert.equal(await overflowOf(page), 0, 'nothing is wider than a phone');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** The same page, while it is there. */
async function lookAgain(context: TestContext, scene: Scene, page: Page): Promise<void> {
  await context.test('what is chosen is seen with forced colours', async () => {
    await page.emulateMedia({ forcedColors: 'active' });
    assert.equal(await page.evaluate(() => matchMedia('(forced-colors: active)').matches), true);
    assert.deepEqual(await unseenOn(page, eye), []);
    await page.emulateMedia({ forcedColors: null });
  });
  if (CHANGED_BY_HAND.includes(scene.name) || !(await hasControls(page))) return;
  withForms.add(scene.route);
  await context.test('it is true after Back and without script', async () => {
    const written = await assertTrueAfterBack(page);
    const plain = await plainCast.pageOf(scene.who);
    await scene.go(plain, world, stage);
    await assertTrueWithoutScript(plain, written);
  });
}

test('the pages with much to choose are among those looked at after Back', () => {
  for (const route of ['/tokens/new', '/apps/new', '/apps/:id/edit', '/tokens', '/account'])
    assert.ok(withForms.has(`GET ${route}`), route);
});

test('every form of the portal stands on a page that was looked at', () => {
  const bare = stage.running.app.routes
    .filter(({ method, family }) => family === 'portal' && method === 'POST')
    .map(({ path }) => path)
    .filter((path) => ![...actions].some((action) => isAt(path, action)));
  assert.deepEqual(bare, []);
});

/** Whether an address is one of a path with parameters. */
const isAt = (path: string, address: string): boolean =>
  new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`).test(address);

interface Loaded {
  readonly response: Response;
  readonly text: Promise<string>;
}

/** The documents that come while a scene plays. */
function documentsOf(page: Page) {
  const found: Loaded[] = [];
  const note = (response: Response): void => {
    const isDocument = response.request().resourceType() === 'document';
    if (!isDocument || response.status() === 303 || response.status() === 302) return;
    // At once: a page that asks for the next one takes its text along.
    const text = response.text();
    text.catch(() => undefined);
    found.push({ response, text });
  };
  page.on('response', note);
  return {
    stop: async (): Promise<readonly Loaded[]> => {
      page.off('response', note);
      return found;
    },
  };
}
