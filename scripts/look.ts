/**
 * Pictures of every page in every state, to look at before a page is called done: wide, narrow and broad, light and dark, with
 * forced colours, after Back with another choice in its form, and without script.
 *   npm run look -- DIRECTORY [part of a name]
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { createCast, SCENES } from '../packages/server/test/browser/cast.ts';
import { changeControls, hasControls } from '../packages/server/test/browser/form-state.ts';
import { openStage } from '../packages/server/test/browser/stage.ts';
import { buildWorld } from '../packages/server/test/browser/world.ts';

const [given, part = ''] = process.argv.slice(2);
if (given === undefined) throw new Error('say where the pictures go: npm run look -- DIRECTORY');
const directory = resolve(given);

const SIZES = {
  wide: { width: 1280, height: 900 },
  narrow: { width: 390, height: 844 },
  broad: { width: 1920, height: 1080 },
} as const;

type Media = NonNullable<Parameters<Page['emulateMedia']>[0]>;
const LIGHT: Media = { colorScheme: 'light', forcedColors: 'none' };
const DARK: Media = { colorScheme: 'dark', forcedColors: 'none' };
const FORCED: Media = { colorScheme: 'dark', forcedColors: 'active' };

async function picture(page: Page, name: string, size: keyof typeof SIZES, media: Media) {
  await page.setViewportSize(SIZES[size]);
  await page.emulateMedia(media);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (overflow > 0) console.log(`${name} overflows by ${overflow} px (${size})`);
  await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
}

async function pictures(page: Page, name: string): Promise<void> {
  await picture(page, `${name}-wide-light`, 'wide', LIGHT);
  await picture(page, `${name}-wide-dark`, 'wide', DARK);
  await picture(page, `${name}-narrow-light`, 'narrow', LIGHT);
  await picture(page, `${name}-narrow-dark`, 'narrow', DARK);
  await picture(page, `${name}-broad-light`, 'broad', LIGHT);
  // Last: the browser keeps its background, which no later picture should have.
  await picture(page, `${name}-wide-forced`, 'wide', FORCED);
  await page.emulateMedia(LIGHT);
  await page.setViewportSize(SIZES.wide);
}

async function pictureAfterBack(page: Page, name: string): Promise<void> {
  await changeControls(page);
  await page.goto('/nowhere');
  await page.goBack();
  await picture(page, name, 'wide', LIGHT);
}

await mkdir(directory, { recursive: true });
const stage = await openStage();
try {
  const world = await buildWorld(stage);
  const cast = createCast(stage, world, { reducedMotion: 'reduce' });
  const plainCast = createCast(stage, world, { javaScriptEnabled: false });
  for (const scene of SCENES.filter(({ name }) => name.includes(part))) {
    const page = await cast.pageOf(scene.who);
    await page.setViewportSize(SIZES.wide);
    await scene.go(page, world, stage);
    await pictures(page, scene.name);
    if (!scene.route.startsWith('GET ') || !(await hasControls(page))) continue;
    await pictureAfterBack(page, `${scene.name}-wide-back`);
    const plain = await plainCast.pageOf(scene.who);
    await scene.go(plain, world, stage);
    await picture(plain, `${scene.name}-wide-plain`, 'wide', LIGHT);
  }
} finally {
  await stage.close();
}
