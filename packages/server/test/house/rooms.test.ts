import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sources } from './source.ts';

const SOURCE = new URL('../../src/', import.meta.url);
const README = new URL('../../../../README.md', import.meta.url);

/** Where a room's main file is not called after the room. */
const MAIN: Readonly<Record<string, string>> = {
  audit: 'event',
  cli: 'program',
  http: 'server',
  mail: 'courier',
  oauth: 'vocabulary',
};
/** Leaves without a main file: each stands alone. */
const LEAVES = new Set(['kit']);

const rooms = readdirSync(SOURCE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const files = new Map(sources('src/**/*.ts').map(({ path, text }) => [path, text]));

test('the main file of every room says what the room is', () => {
  const silent = rooms
    .filter((room) => !LEAVES.has(room))
    .map((room) => `src/${room}/${MAIN[room] ?? room}.ts`)
    .filter((path) => !/^\/\*\*(?:(?!\*\/)[\s\S]){40,}\*\//.test(files.get(path) ?? ''));
  assert.deepEqual(silent, []);
});

test('the files of the composition say what they are for', () => {
  const silent = [...files]
    .filter(([path, text]) => /^src\/[^/]+$/.test(path) && !text.startsWith('/**'))
    .map(([path]) => path);
  assert.deepEqual(silent, []);
});

test('the README names every room and no other', () => {
  const rows = [...readFileSync(README, 'utf8').matchAll(/^\| `([a-z-]+)\/` /gm)];
  assert.deepEqual(new Set(rows.map(([, room]) => room)), new Set(rooms));
});
