/**
 * Every act that locks a person's row waits for whoever holds it, has looked at nothing before, and goes by what is so when
 * it has the lock. On PostgreSQL; SQLite has one writer at a time.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sources } from '../conventions/source.ts';
import { LOCKED_BY_PEOPLE } from './people.ts';
import { LOCKED_BY_PROGRAMS } from './programs.ts';
import { openStage, type Stage } from './stage.ts';

const ACTS = { ...LOCKED_BY_PEOPLE, ...LOCKED_BY_PROGRAMS };

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

for (const [file, acts] of Object.entries(ACTS))
  for (const [index, arrange] of acts.entries())
    test(`the lock of ${file}, ${index + 1}, orders its act`, async () => {
      await stage.race(await arrange(stage));
    });

test('there is an act for every lock', () => {
  const found: Record<string, number> = {};
  for (const { path, text } of sources('src/**/*.ts')) {
    const locks = text.match(/\busers\.lock\(/g)?.length ?? 0;
    if (locks > 0 && !path.startsWith('src/storage/')) found[path.slice('src/'.length)] = locks;
  }
  assert.deepEqual(Object.keys(found).toSorted(), Object.keys(ACTS).toSorted());
  for (const [file, acts] of Object.entries(ACTS))
    assert.ok(acts.length >= (found[file] ?? 0), `${file}: ${found[file]} locks`);
});
