/** Takes the pictures of the README from a running Gatehouse with an example person: `npm run pictures`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { createFirstToken, signUpAndVerify } from '../packages/server/test/browser/journey.ts';
import { DAY, follow, openStage } from '../packages/server/test/browser/stage.ts';

const DIRECTORY = join(import.meta.dirname, '../docs/images');
const PORT = '4000';

const TOKENS = [
  { description: 'Smoke test of the build', expires: '7 days', preset: 'Read only' },
  { description: 'Review bot', expires: '90 days', preset: 'Review and comment' },
  { description: 'Upload from the edit suite', expires: '1 year', preset: 'Upload' },
] as const;

async function create(page: Page, wish: (typeof TOKENS)[number]): Promise<void> {
  await page.goto('/tokens/new');
  await page.getByLabel('Description').fill(wish.description);
  await page.getByRole('radio', { name: wish.expires }).check();
  await page.getByRole('button', { name: wish.preset }).click();
  await follow(page, 'button', 'Create');
}

await mkdir(DIRECTORY, { recursive: true });
const stage = await openStage({ env: { GATEHOUSE_PORT: PORT } });
try {
  const page = await stage.open({
    viewport: { width: 1120, height: 640 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  stage.travel(-2 * DAY);
  await signUpAndVerify(page, 'ada@example.com');
  for (const wish of TOKENS) await create(page, wish);
  stage.travel(2 * DAY);
  await createFirstToken(page, 'Nightly export to the archive');
  await page.screenshot({ path: join(DIRECTORY, 'token-created.png') });
  await page.getByRole('button', { name: 'Test it now' }).click();
  await page.getByText(/^200: the token works/).waitFor();
  await stage.running.app.usage.flush();
  await page.goto('/tokens');
  await page.screenshot({ path: join(DIRECTORY, 'tokens.png') });
} finally {
  await stage.close();
}
