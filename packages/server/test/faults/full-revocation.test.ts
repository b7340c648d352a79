/** Ending access on a disk without room, on a small file system of its own. `storage/reserve.test.ts` bounds the file everywhere. */
import assert from 'node:assert/strict';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { Gatehouse, PASSWORD } from '../cli/gatehouse.ts';
import { addToken } from '../operations/token.ts';
import { parseCredential } from '../../src/oauth/tokens/format.ts';
import { DiskFull } from '../../src/storage/unavailable.ts';
import { startApp } from '../support/running-app.ts';
import { until } from '../support/until.ts';
import { WebVisitor } from '../support/visitor.ts';
import { createToken, PUT_OFF, readMe, unlimited } from './calls.ts';
import { mountSmall, takeAll } from './small-disk.ts';

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

const revoke = async (base: string, value: string): Promise<number> => {
  const headers = { authorization: `Bearer ${value}` };
  return (await fetch(`${base}/v2/token`, { method: 'DELETE', headers })).status;
};

const idOf = (value: string): string => parseCredential('gate', value)?.id ?? '';

/** Makes tokens until one does not fit: what SQLite still had of its own is used up then. */
async function fill(base: string, token: string): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    const { status, reason } = await createToken(base, token);
    if (status === 201) continue;
    assert.deepEqual({ status, reason }, PUT_OFF);
    return;
  }
  throw new Error('the disk was never full');
}

test('on a full disk access is ended by page, API and command, durably, and nothing else is written', async (context) => {
  const directory = await mountSmall(context, '24m');
  if (directory === null) return;
  const dataDirectory = join(directory, 'data');
  await mkdir(dataDirectory);
  const gatehouse = new Gatehouse();
  gatehouse.isProgram = true;
  context.after(() => gatehouse.remove());
  Object.assign(gatehouse.env, { GATEHOUSE_DATA_DIRECTORY: dataDirectory });
  gatehouse.write(
    'gatehouse.yaml',
    'tokens: { most_per_user: 10000 }\nrate_limit: { requests: 100000, changes_per_day: 100000 }\nstorage: { reserve_mib: 1 }\n',
  );
  await gatehouse.user('ada@example.com');
  const values: string[] = [];
  const options = ['--scopes', 'asset.read', '--expires', 'never'];
  for (let made = 0; made < 5; made++)
    values.push(await gatehouse.token('ada@example.com', ...options));
  const [byPage = '', byApi = '', byCommand = '', maker = '', kept = ''] = values;
  let server = await gatehouse.serve();
  const reserve = join(dataDirectory, 'reserve');
  await until(async () => (await stat(reserve).catch(() => null))?.size === 1 << 20, 'the reserve');
  assert.equal((await stat(reserve)).mode & 0o777, 0o600);
  const visitor = new WebVisitor(server.base);
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email: 'ada@example.com', password: PASSWORD });
  assert.equal(await statusOf(`${server.base}/readyz`), 200);

  const makeRoom = await takeAll(directory);
  await fill(server.base, maker);
  assert.equal(await statusOf(`${server.base}/readyz`), 503);
  assert.equal(await statusOf(`${server.base}/healthz`), 200);
  const path = `/tokens/${idOf(byPage)}/revoke`;
  await visitor.get(path);
  const page = await visitor.submit(path);
  assert.ok(page.status < 400, `${page.status} ${page.html}`);
  assert.equal(await revoke(server.base, byApi), 204);
  assert.match(await gatehouse.done(['token', 'revoke', idOf(byCommand)]), /revoked/);
  for (let tries = 0; tries < 5; tries++) {
    const { status, reason } = await createToken(server.base, maker);
    assert.deepEqual({ status, reason }, PUT_OFF);
  }
  assert.match((await gatehouse.run(['doctor'])).stdout, /^warning +disk +(full|was full)/m);

  await server.stop('SIGKILL');
  server = await gatehouse.serve();
  for (const value of [byPage, byApi, byCommand])
    assert.equal(await readMe(server.base, value), 401);
  assert.equal(await readMe(server.base, kept), 200);
  await until(async () => (await statusOf(`${server.base}/readyz`)) === 503, '503 at /readyz');
  await makeRoom();
  await until(async () => (await statusOf(`${server.base}/readyz`)) === 200, '200 at /readyz');
  assert.equal((await createToken(server.base, maker)).status, 201);
  assert.equal((await stat(reserve)).size, 1 << 20);
});

test('a command gives up the reserve by itself, and the server finds out', async (context) => {
  const directory = await mountSmall(context, '16m');
  if (directory === null) return;
  const dataDirectory = join(directory, 'data');
  await mkdir(dataDirectory);
  const change = (config: Config): Config => ({
    ...unlimited(config),
    storage: { ...config.storage, dataDirectory, reserveBytes: 1 << 20 },
  });
  const running = await startApp({ change });
  context.after(() => running.stop());
  const { id } = await addToken(running.app);
  await running.app.storage.keepRoom();
  const makeRoom = await takeAll(directory);
  const gatehouse = new Gatehouse();
  gatehouse.isProgram = true;
  context.after(() => gatehouse.remove());
  const GATEHOUSE_MASTER_SECRET = Buffer.alloc(32, 7).toString('base64');
  Object.assign(gatehouse.env, {
    GATEHOUSE_DATA_DIRECTORY: dataDirectory,
    GATEHOUSE_MASTER_SECRET,
  });
  assert.match(await gatehouse.done(['token', 'revoke', id]), /revoked/);
  await assert.rejects(running.app.storage.keepRoom(), DiskFull);
  assert.equal(await statusOf(`${running.base}/readyz`), 503);
  await makeRoom();
  await running.app.storage.keepRoom();
  assert.equal(await statusOf(`${running.base}/readyz`), 200);
});
