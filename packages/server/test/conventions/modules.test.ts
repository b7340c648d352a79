import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sources } from './source.ts';

const SOURCE = new URL('../../src/', import.meta.url);
const README = new URL('../../../../README.md', import.meta.url);

/** Where the main file of a module is not called after it. */
const MAIN: Readonly<Record<string, string>> = {
  audit: 'event',
  cli: 'program',
  compose: 'app',
  http: 'server',
  mail: 'courier',
  oauth: 'vocabulary',
};
/** Leaves without a main file: each stands alone. */
const LEAVES = new Set(['kit']);

const modules = readdirSync(SOURCE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const files = new Map(sources('src/**/*.ts').map(({ path, text }) => [path, text]));

test('the main file of every module says what the module is', () => {
  const silent = modules
    .filter((module) => !LEAVES.has(module))
    .map((module) => `src/${module}/${MAIN[module] ?? module}.ts`)
    .filter((path) => !/^\/\*\*(?:(?!\*\/)[\s\S]){40,}\*\//.test(files.get(path) ?? ''));
  assert.deepEqual(silent, []);
});

test('the files of the composition say what they are for', () => {
  const silent = [...files]
    .filter(([path, text]) => /^src\/(compose\/)?[^/]+$/.test(path) && !text.startsWith('/**'))
    .map(([path]) => path);
  assert.deepEqual(silent, []);
});

test('the README names every module and no other', () => {
  const rows = [...readFileSync(README, 'utf8').matchAll(/^\| `([a-z-]+)\/` /gm)];
  assert.deepEqual(new Set(rows.map(([, module]) => module)), new Set(modules));
});
