/** `gatehouse secret`: replaces the master secret in the data directory, whole or not at all, and prints none that is in use. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Gatehouse, PASSWORD } from './gatehouse.ts';

const gatehouse = new Gatehouse();
after(() => gatehouse.remove());

const data = join(gatehouse.directory, 'data');
const file = join(data, 'master-secret');
const kept = (): readonly string[] => readFileSync(file, 'utf8').trim().split(',');

interface Listed {
  readonly id: string;
  readonly writes: boolean;
}

const listed = async (): Promise<readonly Listed[]> =>
  (await gatehouse.json(['secret', 'list'])) as readonly Listed[];

test('looking makes no secret', async () => {
  for (const args of [['list'], ['rotate'], ['rotate', '--prepare'], ['remove', 'aabbccdd']]) {
    const { code, stderr } = await gatehouse.run(['secret', ...args]);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, /there is no master secret/);
  }
});

test('a new secret comes first, for the owner alone, and a running server is told nothing of it', async () => {
  await gatehouse.done(['user', 'create', 'ada@example.com', '--name', 'Ada'], PASSWORD);
  const [old] = kept();
  const [before] = await listed();
  const { code, stdout, stderr } = await gatehouse.run(['secret', 'rotate']);
  assert.equal(code, 0, stderr);
  assert.equal(kept()[1], old);
  assert.equal(kept().length, 2);
  for (const secret of kept()) assert.ok(!(stdout + stderr).includes(secret));
  assert.match(stderr, /Restart every process now/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(data).filter((name) => name.startsWith('master-secret')),
    ['master-secret'],
  );
  const [first, second] = await listed();
  assert.deepEqual(second, { ...before, writes: false });
  assert.equal(first?.writes, true);
  assert.match(await gatehouse.done(['doctor']), /master secret .*which replaces another/);
});

test('a prepared secret reads first and writes when it is named', async () => {
  await gatehouse.done(['secret', 'rotate', '--prepare']);
  const [first, , prepared] = await listed();
  assert.equal(first?.writes, true);
  assert.ok(prepared !== undefined);
  await gatehouse.done(['secret', 'rotate', prepared.id]);
  assert.deepEqual((await listed())[0], { ...prepared, writes: true });
  const { code } = await gatehouse.run(['secret', 'rotate', '--prepare', prepared.id]);
  assert.equal(code, 1);
});

test('a replaced secret can be forgotten, the one that writes cannot', async () => {
  const [first, second, third] = await listed();
  const { code, stderr } = await gatehouse.run(['secret', 'remove', first?.id ?? '']);
  assert.equal(code, 1);
  assert.match(stderr, /is the one that writes; "rotate" replaces it/);
  await gatehouse.done(['secret', 'remove', second?.id ?? '']);
  assert.deepEqual(await listed(), [first, third]);
  assert.match((await gatehouse.run(['secret', 'remove', 'ffffffff'])).stderr, /no master secret/);
});

test('there are never more than can be read again', async () => {
  for (let more = kept().length; more < 8; more++) await gatehouse.done(['secret', 'rotate']);
  const before = kept();
  const { code, stderr } = await gatehouse.run(['secret', 'rotate']);
  assert.equal(code, 2);
  assert.match(stderr, /at most 8/);
  assert.deepEqual(kept(), before);
  assert.equal((await gatehouse.run(['migrate'])).code, 0);
});

test('a secret from the environment is for whoever set it to change', async () => {
  const value = 'ab'.repeat(32);
  gatehouse.env['GATEHOUSE_MASTER_SECRET'] = value;
  const before = kept();
  const { code, stdout, stderr } = await gatehouse.run(['secret', 'rotate']);
  assert.equal(code, 0);
  assert.match(stdout, /^[0-9a-f]{64}\n$/);
  assert.ok(!(stdout + stderr).includes(value));
  assert.match(stderr, /Append it .*\n.*Put it before the others/);
  assert.equal((await gatehouse.run(['secret', 'remove', 'aabbccdd'])).code, 1);
  gatehouse.env['GATEHOUSE_MASTER_SECRET'] = `${stdout.trim()}, ${value}`;
  assert.equal((await listed()).length, 2);
  assert.deepEqual(kept(), before);
  for (const wrong of [`${value},`, `${value},short`, `,${value}`, `${value},${value}`]) {
    gatehouse.env['GATEHOUSE_MASTER_SECRET'] = wrong;
    const refused = await gatehouse.run(['secret', 'list']);
    assert.equal(refused.code, 2, wrong);
    assert.match(refused.stderr, /^GATEHOUSE_MASTER_SECRET: /);
    assert.ok(!refused.stderr.includes(value));
  }
  delete gatehouse.env['GATEHOUSE_MASTER_SECRET'];
});

test('what is damaged is not replaced', async () => {
  writeFileSync(file, `${kept()[0]},half\n`);
  const { code, stderr } = await gatehouse.run(['secret', 'rotate']);
  assert.equal(code, 2);
  assert.match(stderr, /expected 64 hexadecimal digits/);
  assert.match(readFileSync(file, 'utf8'), /half/);
});
