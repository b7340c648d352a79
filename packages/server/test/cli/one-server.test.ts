/** One server for one SQLite file; commands beside it go on. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Gatehouse } from './gatehouse.ts';

let gatehouse: Gatehouse;
beforeEach(() => {
  gatehouse = new Gatehouse();
});
afterEach(() => gatehouse.remove());

const database = async () => {
  const findings = (await gatehouse.json(['doctor'])) as { check: string; message: string }[];
  return findings.find(({ check }) => check === 'database')?.message ?? '';
};

test('a second server on one SQLite file is refused with the name of the first, and commands are not', async () => {
  const first = await gatehouse.serve();
  const pid = String(first.process.pid);
  const { code, stderr } = await gatehouse.run(['serve']);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`is used by another server, process ${pid} on `));
  assert.match(stderr, /GATEHOUSE_DATABASE_URL/);
  assert.equal((await fetch(`${first.base}/readyz`)).status, 200);
  await gatehouse.user('ada@example.com');
  assert.match(await database(), new RegExp(`a server uses it, process ${pid} on `));
});

test('the lock ends with its process, however that ends', async () => {
  const first = await gatehouse.serve();
  await first.stop('SIGKILL');
  assert.match(await database(), /SQLite answers$/);
  const second = await gatehouse.serve();
  assert.equal((await fetch(`${second.base}/readyz`)).status, 200);
  await second.stop();
  assert.match(await database(), /SQLite answers$/);
});
