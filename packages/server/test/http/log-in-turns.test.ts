import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inTurns } from '../../src/http/logger.ts';

function stage() {
  const writes: string[] = [];
  let flushes = 0;
  const log = inTurns({ write: (lines) => writes.push(lines), flushSync: () => flushes++ });
  return { writes, log, flushes: () => flushes };
}

test('the lines of one turn are written together, in their order, and the next turn writes its own', async () => {
  const { writes, log } = stage();
  log.write('one\n');
  log.write('two\n');
  assert.deepEqual(writes, []);
  await turn();
  log.write('three\n');
  await turn();
  assert.deepEqual(writes, ['one\ntwo\n', 'three\n']);
});

test('nothing is written when nothing was said', async () => {
  const { writes } = stage();
  await turn();
  assert.deepEqual(writes, []);
});

test('much is not kept for the end of the turn: a flush at exit would tear it', async () => {
  const { writes, log } = stage();
  for (let line = 0; line < 1000; line++) log.write(`${'x'.repeat(99)}\n`);
  assert.ok(writes.length >= 5);
  await turn();
  assert.ok(writes.every((lines) => lines.length < 20_000));
  assert.equal(writes.join('').length, 100_000);
});

test('a flush does not wait for the turn, and nothing is written twice', async () => {
  const { writes, log, flushes } = stage();
  log.write('last words\n');
  log.flushSync();
  assert.deepEqual(writes, ['last words\n']);
  assert.equal(flushes(), 1);
  await turn();
  assert.deepEqual(writes, ['last words\n']);
});
