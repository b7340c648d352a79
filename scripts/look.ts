/**
 * Pictures of every page in every state, wide and narrow, light and dark, to look at before a page is called done.
 *   npm run look -- DIRECTORY [part of a name]
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { createCast, SCENES } from '../packages/server/test/browser/cast.ts';
import { openStage } from '../packages/server/test/browser/stage.ts';
import { buildWorld } from '../packages/server/test/browser/world.ts';

const [given, part = ''] = process.argv.slice(2);
if (given === undefined) throw new Error('say where the pictures go: npm run look -- DIRECTORY');
const directory = resolve(given);

const SIZES = [
  { size: 'wide', viewport: { width: 1280, height: 900 } },
  { size: 'narrow', viewport: { width: 390, height: 844 } },
] as const;

async function picture(page: Page, name: string, { size, viewport }: (typeof SIZES)[number]) {
  await page.setViewportSize(viewport);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (overflow > 0) console.log(`${name} overflows by ${overflow} px (${size})`);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const path = join(directory, `${name}-${size}-${colorScheme}.png`);
    await page.screenshot({ path, fullPage: true });
  }
}

await mkdir(directory, { recursive: true });
const stage = await openStage();
try {
  const world = await buildWorld(stage);
  const cast = createCast(stage, world, { reducedMotion: 'reduce' });
  for (const scene of SCENES.filter(({ name }) => name.includes(part))) {
    const page = await cast.pageOf(scene.who);
    await page.setViewportSize(SIZES[0].viewport);
    await scene.go(page, world, stage);
    for (const size of SIZES) await picture(page, scene.name, size);
    await page.emulateMedia({ colorScheme: 'light' });
  }
} finally {
  await stage.close();
}
