/** Every table has a stated life: a purge of its own, or what it lives as long as. A new one cannot be added without. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PURGED_TABLES } from '../../src/compose/jobs.ts';
import { PERSONAL_DATA } from '../../src/storage/personal-data/tables.ts';

const read = (path: string): string =>
  readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

/** A test compares them with the tables of a database. */
const tables = Object.keys(PERSONAL_DATA);

const document = read('docs/reference/configuration.md');
const lives = new Map(
  [
    ...(/^## How long things are kept\n([^]*?)(?=^## )/m.exec(document)?.[1] ?? '').matchAll(
      /^\| ([^|]+?) *\| ([^|]+?) *\|/gm,
    ),
  ].flatMap(([, names = '', life = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name, life] as const),
  ),
);

test('the configuration says of every table how long its rows are kept', () => {
  assert.ok(tables.length > 20);
  assert.deepEqual([...lives.keys()].sort(), [...tables].sort());
});

test('what is not kept while something lives has a purge', () => {
  const purged = new Set<string>(PURGED_TABLES);
  for (const table of tables) {
    const life = lives.get(table) ?? '';
    assert.ok(purged.has(table) || life.startsWith('while '), `${table}: ${life}`);
  }
});
