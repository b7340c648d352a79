import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeDataDirectory, NoDirectory, tryDataDirectory } from '../../src/kit/data-directory.ts';

const root = mkdtempSync(join(tmpdir(), 'gatehouse-directory-'));
const at = (...names: string[]): string => join(root, ...names);

before(() => {
  chmodSync(root, 0o777);
  mkdirSync(at('closed'), { mode: 0o500 });
  writeFileSync(at('file'), '');
  symlinkSync(at('nowhere', 'at-all'), at('dangling'));
  symlinkSync(at('circle'), at('circle'));
  // No mode stops root.
  if (process.getuid?.() === 0) process.seteuid?.(65_534);
});
after(() => {
  if (process.getuid?.() === 0) process.seteuid?.(0);
  rmSync(root, { recursive: true });
});

const UNUSABLE = [
  '/proc/x',
  '/proc/x/y/z',
  '/proc/self/x',
  '/sys/x',
  '/dev/null',
  '/dev/null/x',
  '/dev/full/x',
  at('file'),
  at('file', 'x'),
  at('dangling'),
  at('dangling', 'x'),
  at('circle', 'x'),
  at('closed', 'x'),
  at('x'.repeat(300)),
];

for (const path of UNUSABLE)
  test(`${path.replace(root, '').slice(0, 40)} is refused in words, by a trial too`, () => {
    for (const act of [makeDataDirectory, tryDataDirectory])
      assert.throws(
        () => act(path),
        (error) =>
          error instanceof NoDirectory && error.message.endsWith('GATEHOUSE_DATA_DIRECTORY'),
      );
  });

test('what is missing is made for its owner alone, and a trial leaves nothing', () => {
  const path = at('a', 'b', 'c');
  tryDataDirectory(path);
  assert.equal(existsSync(at('a')), false);
  makeDataDirectory(path);
  makeDataDirectory(path);
  for (const made of [path, at('a', 'b'), at('a')])
    assert.equal(statSync(made).mode & 0o777, 0o700);
});
