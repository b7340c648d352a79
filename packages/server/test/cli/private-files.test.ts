/** What others could read, change or put there: `serve` and every command refuse it, and `doctor` fails. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Gatehouse } from './gatehouse.ts';

let gatehouse: Gatehouse;
beforeEach(async () => {
  gatehouse = new Gatehouse();
  await gatehouse.user('ada@example.com');
});
afterEach(() => gatehouse.remove());

const inData = (name = ''): string => join(gatehouse.directory, 'data', name);

interface Case {
  readonly name: string;
  readonly arrange: () => void;
  readonly said: RegExp;
  readonly needsRoot?: boolean;
}

const DATABASE = ['gatehouse.db', 'gatehouse.db-wal', 'gatehouse.db-shm', 'gatehouse.db-journal'];

const CASES: readonly Case[] = [
  ...[0o777, 0o775, 0o1777, 0o702, 0o720].map((mode) => ({
    name: `a data directory of mode ${mode.toString(8)}`,
    arrange: () => chmodSync(inData(), mode),
    said: /data: found mode 0\d{3}, which lets others put files there, expected 0700: chmod 700 /,
  })),
  ...[0o666, 0o644, 0o640, 0o604, 0o660].map((mode) => ({
    name: `a database of mode ${mode.toString(8)}`,
    arrange: () => chmodSync(inData('gatehouse.db'), mode),
    said: /gatehouse\.db: found mode 0\d{3}, which lets others use it, expected 0600: chmod 600 /,
  })),
  ...DATABASE.slice(1).map((file) => ({
    name: `${file} for everybody`,
    arrange: () => writeFileSync(inData(file), '', { mode: 0o644 }),
    said: /which lets others use it/,
  })),
  {
    name: 'a symbolic link in place of the database',
    arrange() {
      renameSync(inData('gatehouse.db'), inData('elsewhere.db'));
      symlinkSync('elsewhere.db', inData('gatehouse.db'));
    },
    said: /gatehouse\.db is a symbolic link/,
  },
  {
    name: 'a symbolic link that leads nowhere yet',
    arrange() {
      rmSync(inData('gatehouse.db'));
      symlinkSync('/nowhere/at/all.db', inData('gatehouse.db'));
    },
    said: /gatehouse\.db is a symbolic link/,
  },
  {
    name: 'a directory in place of the database',
    arrange() {
      rmSync(inData('gatehouse.db'));
      mkdirSync(inData('gatehouse.db'));
    },
    said: /gatehouse\.db is not a file/,
  },
  {
    name: 'a database of another user',
    arrange: () => chownSync(inData('gatehouse.db'), 12_345, 12_345),
    said: /gatehouse\.db belongs to user 12345, expected 0; if it is yours: chown 0 /,
    needsRoot: true,
  },
  {
    name: 'a master secret for everybody',
    arrange: () => chmodSync(inData('master-secret'), 0o644),
    said: /lets others use the master secret/,
  },
  {
    name: 'a configuration file that others can write',
    arrange() {
      gatehouse.write('gatehouse.yaml', 'brand: { name: Acme }\n');
      chmodSync(join(gatehouse.directory, 'gatehouse.yaml'), 0o666);
    },
    said: /gatehouse\.yaml: can be written by others: chmod o-w /,
  },
  {
    name: 'a file with a secret that others can write',
    arrange() {
      gatehouse.write('secret', 'ab'.repeat(32));
      chmodSync(join(gatehouse.directory, 'secret'), 0o606);
      gatehouse.env['GATEHOUSE_MASTER_SECRET_FILE'] = 'secret';
    },
    said: /secret can be written by others: chmod o-w /,
  },
];

/** Servers start slowly: the first case of each kind is shown to one. */
const isFirst = ({ said }: Case): boolean => kinds.size < kinds.add(said.source).size;
const kinds = new Set<string>();

for (const one of CASES) {
  const { name, arrange, said, needsRoot = false } = one;
  const commands = [...(isFirst(one) ? [['serve']] : []), ['user', 'list']];
  const skip =
    needsRoot && process.getuid?.() !== 0 ? 'only the superuser gives files away' : false;
  test(`${name} is refused by serve, by commands and by doctor`, { skip }, async () => {
    arrange();
    for (const command of commands) {
      const { code, stderr } = await gatehouse.run(command);
      assert.notEqual(code, 0, command.join(' '));
      assert.match(stderr, said);
    }
    const { code, stdout } = await gatehouse.run(['doctor']);
    // 2 for what is wrong with the configuration.
    assert.ok(code === 1 || code === 2, `${code}`);
    assert.match(stdout, said);
  });
}

test('the superuser may look at what belongs to the user of the data directory', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only the superuser gives files away');
  for (const name of ['', 'gatehouse.db']) chownSync(inData(name), 12_345, 12_345);
  assert.match(await gatehouse.done(['user', 'list']), /ada@example\.com/);
});

test('a data directory that is reached through a link, as volumes are, is used', async () => {
  renameSync(inData(), join(gatehouse.directory, 'volume'));
  symlinkSync('volume', join(gatehouse.directory, 'data'));
  assert.match(await gatehouse.done(['user', 'list']), /ada@example\.com/);
});

/** The secret as Kubernetes mounts it: a link to a link, for everybody to read. */
test('a file with a secret that is reached through links is used', async () => {
  const mount = join(gatehouse.directory, 'mount');
  mkdirSync(join(mount, '..2026'), { recursive: true });
  writeFileSync(join(mount, '..2026', 'secret'), 'ab'.repeat(32), { mode: 0o644 });
  symlinkSync('..2026', join(mount, '..data'));
  symlinkSync('..data/secret', join(mount, 'secret'));
  gatehouse.env['GATEHOUSE_MASTER_SECRET_FILE'] = join(mount, 'secret');
  assert.match(await gatehouse.done(['user', 'list']), /ada@example\.com/);
});

test('what the first start makes is for its own user alone, whatever the umask', async () => {
  rmSync(inData(), { recursive: true });
  const before = process.umask(0);
  try {
    const server = await gatehouse.serve();
    for (const name of ['gatehouse.db', 'gatehouse.db-wal', 'gatehouse.db-shm', 'master-secret'])
      assert.equal(statSync(inData(name)).mode & 0o777, 0o600, name);
    assert.equal(statSync(inData()).mode & 0o777, 0o700);
    await server.stop();
  } finally {
    process.umask(before);
  }
});

/** Does what the program of that name does with `.backup`. */
const SQLITE3 = `const { DatabaseSync, backup } = require('node:sqlite');
const [, , file, command] = process.argv;
backup(new DatabaseSync(file), /'(.*)'/.exec(command)[1]);
`;

test('the backup that is documented leaves copies for nobody else', () => {
  const document = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8');
  const commands = /```sh\n((?:(?!```).*\n)*?sqlite3 (?:.*\n)*?)```/.exec(document)?.[1] ?? '';
  assert.match(commands, /\.backup/);
  const programs = join(gatehouse.directory, 'programs');
  const backups = join(gatehouse.directory, 'backup');
  for (const path of [programs, backups]) mkdirSync(path);
  writeFileSync(join(programs, 'sqlite3.cjs'), SQLITE3);
  // The first line of a program names no interpreter whose path has a space.
  const run = `exec "${process.execPath}" "${join(programs, 'sqlite3.cjs')}" "$@"`;
  writeFileSync(join(programs, 'sqlite3'), `#!/bin/sh\n${run}\n`, { mode: 0o755 });
  const script = `umask 022\n${commands.replaceAll('/backup/', `${backups}/`)}`;
  const { status, stderr } = spawnSync('sh', ['-e', '-c', script], {
    cwd: gatehouse.directory,
    env: { PATH: `${programs}:${process.env['PATH']}` },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  for (const name of ['gatehouse.db', 'master-secret'])
    assert.equal(statSync(join(backups, name)).mode & 0o077, 0, name);
});
