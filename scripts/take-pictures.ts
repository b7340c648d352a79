/** Takes the picture of the README from a running Gatehouse with an example person: `npm run pictures`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFirstToken, signUpAndVerify } from '../packages/server/test/browser/journey.ts';
import { openStage } from '../packages/server/test/browser/stage.ts';

const DIRECTORY = join(import.meta.dirname, '../docs/images');
const PORT = '4000';

await mkdir(DIRECTORY, { recursive: true });
const stage = await openStage({ env: { GATEHOUSE_PORT: PORT } });
try {
  const page = await stage.open({
    viewport: { width: 1120, height: 640 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  await signUpAndVerify(page, 'ada@example.com');
  await createFirstToken(page, 'Nightly export to the archive');
  await page.screenshot({ path: join(DIRECTORY, 'token-created.png') });
} finally {
  await stage.close();
}
