/** What a catalogue may say: former names that mean one thing, a size that every form has room for, names that are no trap. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ConfigError } from '../../src/config/problem.ts';
import { readConfig } from '../../src/config/read.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-catalogue-'));
});
after(() => rm(directory, { recursive: true, force: true }));

interface Entry {
  readonly name: string;
  readonly was?: readonly string[];
}

async function read(entries: readonly Entry[], roles: readonly string[] = ['*']) {
  const scopes = entries.map((entry) => ({ ...entry, description: 'do things' }));
  const file = {
    scopes: [{ category: 'All', scopes }],
    roles: { owner: roles, admin: ['*'], member: ['*'], viewer: ['*'] },
  };
  // JSON is YAML.
  await writeFile(join(directory, 'gatehouse.yaml'), JSON.stringify(file));
  return readConfig({ env: {}, directory, keepSecret: () => [new Uint8Array(32)] });
}

const refused = (entries: readonly Entry[], words: RegExp, roles?: readonly string[]) =>
  assert.rejects(read(entries, roles), (error: unknown) => {
    assert.ok(error instanceof ConfigError, String(error));
    assert.match(error.message, words);
    return true;
  });

test('a scope may have several former names', async () => {
  const config = await read([{ name: 'c', was: ['a', 'b'] }, { name: 'd' }]);
  assert.deepEqual(
    config.scopes.map(({ was }) => was),
    [['a', 'b'], undefined],
  );
});

test('a former name that is in use, is shared or leads in a circle is refused', async () => {
  await refused([{ name: 'a' }, { name: 'b', was: ['a'] }], /"a", which is still in the catalogue/);
  await refused([{ name: 'a', was: ['a'] }], /"a", which is still in the catalogue/);
  await refused(
    [
      { name: 'a', was: ['b'] },
      { name: 'b', was: ['a'] },
    ],
    /"b", which is still in the catalogue[^]*"a", which is still in the catalogue/,
  );
  await refused(
    [
      { name: 'b', was: ['a'] },
      { name: 'c', was: ['a'] },
    ],
    /"a", which is a former name of b too/,
  );
  await refused([{ name: 'b', was: ['a', 'a'] }], /"a" a second time/);
  await refused([{ name: 'stay', was: ['offline'] }], /can only become offline or offline_access/);
});

test('a role that names a former name is told the present one', () =>
  refused(
    [{ name: 'b', was: ['a'] }],
    /"a", which names no scope of the catalogue; it was renamed to b/,
    ['a'],
  ));

test('names that every JavaScript object has are refused, as former names too', async () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    await refused([{ name }], /which JavaScript objects have by themselves/);
    await refused([{ name: 'fine', was: [name] }], /which JavaScript objects have by themselves/);
  }
});

test('the largest catalogue is accepted, and one more scope or character is refused in words', async () => {
  const many = (count: number): Entry[] =>
    Array.from({ length: count }, (_, at) => ({ name: `resource${at}.read` }));
  assert.equal((await read(many(2000))).scopes.length, 2000);
  await refused(many(2001), /found 2001 scopes, expected at most 2000/);
  const long = Array.from({ length: 600 }, (_, at) => ({ name: `${at}.`.padEnd(200, 'x') }));
  await refused(long, /names of 120600 characters together, expected at most 100000/);
  await refused([{ name: 'x'.repeat(201) }], /at most 200 characters/);
});

test('keys of the file that every object has are unknown keys, and nothing else', async () => {
  for (const key of ['__proto__', 'constructor', 'toString']) {
    await writeFile(join(directory, 'gatehouse.yaml'), `${key}: {}\nserver:\n  ${key}: 1\n`);
    const reading = (): unknown =>
      readConfig({ env: {}, directory, keepSecret: () => [new Uint8Array(32)] });
    assert.throws(reading, (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, new RegExp(`${key}: unknown key[^]*server.${key}: unknown key`));
      return true;
    });
  }
});
