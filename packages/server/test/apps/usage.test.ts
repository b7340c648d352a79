import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSecretUsage } from '../../src/apps/usage.ts';

function memory() {
  const written = new Map<string, number>();
  const state = { isDown: false };
  const usage = createSecretUsage({
    async recordUse(uses) {
      if (state.isDown) throw new Error('the database does not answer');
      for (const { id, at } of uses) written.set(id, at);
    },
  });
  return { usage, state, written };
}

test('who looks at an app has the use of its secrets written at once, and of no others', async () => {
  const { usage, written } = memory();
  usage.note('one', 1);
  usage.note('other', 1);
  usage.note('one', 2);
  assert.equal(await usage.settle(['one', 'unknown']), true);
  assert.deepEqual([...written], [['one', 2]]);
  assert.equal(await usage.settle(['one']), false);
  await usage.flush();
  assert.equal(written.get('other'), 1);
});

test('what cannot be written is kept, and nothing older replaces what came meanwhile', async () => {
  const { usage, state, written } = memory();
  usage.note('one', 1);
  usage.note('two', 1);
  state.isDown = true;
  assert.equal(await usage.settle(['one']), true);
  const failing = usage.flush();
  usage.note('two', 5);
  await assert.rejects(failing, /does not answer/);
  state.isDown = false;
  await usage.flush();
  assert.deepEqual([written.get('one'), written.get('two')], [1, 5]);
});
