/** A disk without room, where a small file system can be mounted. `storage/full-disk.test.ts` bounds the file everywhere. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';
import { addToken } from '../operations/token.ts';
import { createToken, PUT_OFF, readMe, unlimited } from './calls.ts';
import { mountSmall } from './small-disk.ts';

const ALL = { page: 1, pageSize: 100_000 };

/** Makes tokens until the disk is full; answers those that were made. */
async function fill(base: string, token: string): Promise<readonly string[]> {
  const made: string[] = [];
  for (let round = 0; round < 500; round++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => createToken(base, token)));
    made.push(...answers.filter(({ status }) => status === 201).map(({ value }) => value));
    const refused = answers.filter(({ status }) => status !== 201);
    for (const { status, reason } of refused) assert.deepEqual({ status, reason }, PUT_OFF);
    if (refused.length > 0) return made;
  }
  throw new Error('the disk was never full');
}

async function survive(running: RunningApp, makeRoom: () => Promise<void>): Promise<void> {
  const { base, app } = running;
  const made = await fill(base, (await addToken(app)).value);
  assert.ok(made.length > 0);
  const [maker = ''] = made;
  app.readers.dropEverything();
  for (const value of made) assert.equal(await readMe(base, value), 200);
  const ready = await fetch(`${base}/healthz`);
  assert.equal(ready.status, 200);
  await makeRoom();
  const { status, value } = await createToken(base, maker);
  assert.equal(status, 201);
  assert.equal(await readMe(base, value), 200);
  const { tokens, events, outbox } = app.storage;
  const total = made.length + 2;
  assert.equal((await tokens.list({}, ALL)).total, total);
  const created = (await events.list({}, ALL)).items.filter(
    ({ type }) => type === 'user_token_created',
  );
  assert.equal(created.length, total);
  const mails = (await outbox.list('all', ALL)).items.filter(
    ({ notice }) => notice.kind === 'token-created',
  );
  assert.equal(mails.length, total);
}

test('a full disk puts writes off, keeps what was acknowledged, and goes on when there is room', async (context) => {
  const directory = await mountSmall(context, '4m');
  if (directory === null) return;
  const ballast = join(directory, 'ballast');
  await writeFile(ballast, Buffer.alloc(2 << 20));
  const dataDirectory = join(directory, 'data');
  await mkdir(dataDirectory);
  const change = (config: Config): Config => ({
    ...unlimited(config),
    storage: { ...config.storage, dataDirectory },
  });
  const running = await startApp({ change });
  try {
    await survive(running, () => rm(ballast));
  } finally {
    await running.stop();
  }
});
