/**
 * With forced colours (high contrast) a browser takes away what backgrounds and shadows say. Whatever is chosen must still look
 * chosen: judged by the pixels, because computed styles tell the colours that were asked for.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createCast, SCENES } from './cast.ts';
import { openStage, type Stage } from './stage.ts';
import { buildWorld, type World } from './world.ts';

let stage: Stage;
let world: World;
let cast: ReturnType<typeof createCast>;
/** A page without a policy, to look at pictures with. */
let eye: Page;
before(async () => {
  stage = await openStage();
  world = await buildWorld(stage);
  cast = createCast(stage, world, { forcedColors: 'active', reducedMotion: 'reduce' });
  eye = await stage.browser.newPage();
});
after(() => stage.close());

interface Choice {
  readonly group: string;
  readonly text: string;
  readonly isChosen: boolean;
  /** Where its lower edge is, from border to text, in pixels of the whole page. */
  readonly strip: { readonly x: number; readonly y: number; readonly height: number };
}

/** Everything that is chosen among others and draws its own state. A box or radio that can be seen is drawn by the browser. */
const choicesOn = (page: Page): Promise<readonly Choice[]> =>
  page.evaluate(() => {
    const choice = (element: Element, group: string, isChosen: boolean): Choice => {
      const { x, bottom, width } = element.getBoundingClientRect();
      const strip = { x: x + width / 2 + scrollX, y: bottom - 3 + scrollY, height: 3 };
      return { group, text: element.textContent, isChosen, strip };
    };
    const radios = [...document.querySelectorAll<HTMLInputElement>('input[type=radio]')]
      .filter((input) => getComputedStyle(input).opacity === '0' && input.checkVisibility())
      .map((input) => choice(input.nextElementSibling ?? input, input.name, input.checked));
    const lists = [...document.querySelectorAll('nav, [role=tablist], .filters')];
    const marked = lists.flatMap((list, index) =>
      [...list.querySelectorAll('a, button')].map((element) => {
        const marks = ['aria-current', 'aria-selected', 'aria-pressed'];
        const values = marks.map((name) => element.getAttribute(name) ?? 'false');
        return choice(
          element,
          `list ${index}`,
          values.some((value) => value !== 'false'),
        );
      }),
    );
    return [...radios, ...marked];
  });

/** The pixels of each strip. */
async function look(page: Page, choices: readonly Choice[]): Promise<readonly string[]> {
  const png = (await page.screenshot({ fullPage: true })).toString('base64');
  const strips = choices.map(({ strip }) => strip);
  return eye.evaluate(
    async ({ source, places }) => {
      const image = new Image();
      image.src = `data:image/png;base64,${source}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas?.drawImage(image, 0, 0);
      return places.map(
        ({ x, y, height }) => canvas?.getImageData(x, y, 1, height).data.join() ?? '',
      );
    },
    { source: png, places: strips },
  );
}

async function unseenOn(page: Page): Promise<readonly string[]> {
  const choices = await choicesOn(page);
  const seen = await look(page, choices);
  const items = choices.map((choice, index) => ({ ...choice, pixels: seen[index] }));
  const looksLikeOthers = ({ group, pixels }: (typeof items)[number]): boolean =>
    items.some((other) => other.group === group && !other.isChosen && other.pixels === pixels);
  return items
    .filter((item) => item.isChosen && looksLikeOthers(item))
    .map(({ group, text }) => `${group}: ${text}`);
}

for (const scene of SCENES.filter(({ route }) => route.startsWith('GET ')))
  test(`what is chosen on ${scene.name} is seen with forced colours`, async () => {
    const page = await cast.pageOf(scene.who);
    await scene.go(page, world, stage);
    assert.equal(await page.evaluate(() => matchMedia('(forced-colors: active)').matches), true);
    assert.deepEqual(await unseenOn(page), []);
  });

test('a state that is told by background alone would be found', async () => {
  const page = await cast.pageOf('ada');
  await page.goto('/tokens/new');
  await page.evaluate(() => {
    for (const span of document.querySelectorAll<HTMLElement>('.chip > :checked + span'))
      Object.assign(span.style, {
        forcedColorAdjust: 'auto',
        background: 'blue',
        borderColor: 'blue',
      });
  });
  assert.deepEqual(await unseenOn(page), ['expires_in: 90 days']);
});
