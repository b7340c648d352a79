/**
 * What a page says of its form is true after Back, when the browser fills in what was chosen before, and without script. Every
 * page of the route table that has a form, by the scenes: a new page comes in by itself.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createCast, SCENES } from './cast.ts';
import { changeControls, hasControls, openFolds, readPage, textByMark } from './form-state.ts';
import { leave, openStage, type Stage } from './stage.ts';
import { buildWorld, type World } from './world.ts';

let stage: Stage;
let world: World;
let cast: ReturnType<typeof createCast>;
let plainCast: typeof cast;
before(async () => {
  stage = await openStage();
  world = await buildWorld(stage);
  cast = createCast(stage, world, { reducedMotion: 'reduce' });
  plainCast = createCast(stage, world, { javaScriptEnabled: false });
});
after(() => stage.close());

/** Scenes that change the page by hand, or forget a cookie once it is there: Back shows another page. */
const CHANGED_BY_HAND = ['consent-inert', 'sign-up-correct'];
const pages = SCENES.filter(
  ({ name, route }) => route.startsWith('GET ') && !CHANGED_BY_HAND.includes(name),
);
const withForms = new Set<string>();

async function goAndComeBack(page: Page): Promise<void> {
  // Not a page of the portal: that would count as use of the session.
  await page.goto('/health');
  await page.goBack();
  await openFolds(page);
}

for (const { name, route, who, go } of pages) {
  test(`${name} is true after Back and without script`, async () => {
    const page = await cast.pageOf(who);
    await go(page, world, stage);
    if (!(await hasControls(page))) return;
    withForms.add(route);
    await openFolds(page);
    const unchanged = await textByMark(page);
    await changeControls(page);
    const changed = await textByMark(page);
    const seen = await readPage(page);
    await goAndComeBack(page);
    assert.deepEqual(await readPage(page), seen);

    // What script writes, nobody else keeps true.
    const written = [...changed].filter(([mark, text]) => unchanged.get(mark) !== text);
    const plain = await plainCast.pageOf(who);
    await go(plain, world, stage);
    await openFolds(plain);
    const shown = await textByMark(plain, { isVisible: true });
    assert.deepEqual(
      written.map(([mark]) => mark).filter((mark) => (shown.get(mark) ?? '') !== ''),
      [],
    );
    await changeControls(plain);
    const plainSeen = await readPage(plain);
    await goAndComeBack(plain);
    assert.deepEqual(await readPage(plain), plainSeen);
  });
}

test('the pages with much to choose are among them', () => {
  for (const route of ['/tokens/new', '/apps/new', '/apps/:id/edit', '/tokens', '/account'])
    assert.ok(withForms.has(`GET ${route}`), route);
});

test('what these tests look for would be found', async () => {
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
