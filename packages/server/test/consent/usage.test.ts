import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GrantUse } from '../../src/consent/ports.ts';
import { createGrantUsage } from '../../src/consent/usage.ts';

const DAY = 86_400;
const NOON = 20_000 * DAY + DAY / 2;

function memory() {
  const written: GrantUse[] = [];
  const state = { isDown: false };
  const store = {
    async recordUse(uses: readonly GrantUse[]) {
      if (state.isDown) throw new Error('the database does not answer');
      written.push(...uses.map((use) => ({ ...use })));
    },
  };
  const calls = (id: string) =>
    written.filter(({ grantId }) => grantId === id).map(({ day, calls: count }) => [day, count]);
  return { usage: createGrantUsage(store), state, written, calls };
}

test('calls are added up by day, with the last of them', async () => {
  const { usage, written } = memory();
  usage.noteCall('one', NOON);
  usage.noteCall('one', NOON + 5);
  usage.noteCall('one', NOON + DAY);
  await usage.flush();
  await usage.flush();
  assert.deepEqual(written, [
    { grantId: 'one', day: 20_000, calls: 2, lastUsedAt: NOON + 5 },
    { grantId: 'one', day: 20_001, calls: 1, lastUsedAt: NOON + DAY },
  ]);
});

test('who looks at a connection has its calls written at once, and those of no other', async () => {
  const { usage, calls } = memory();
  for (const id of ['one', 'one', 'other']) usage.noteCall(id, NOON);
  assert.equal(await usage.settle(['unknown', 'one']), true);
  assert.deepEqual([calls('one'), calls('other')], [[[20_000, 2]], []]);
  assert.equal(await usage.settle(['one']), false);
  await usage.flush();
  assert.deepEqual([calls('one'), calls('other')], [[[20_000, 2]], [[20_000, 1]]]);
});

test('what cannot be written is kept, and what comes meanwhile is added', async () => {
  const { usage, state, calls } = memory();
  usage.noteCall('one', NOON);
  state.isDown = true;
  assert.equal(await usage.settle(['one']), true);
  usage.noteCall('one', NOON + 1);
  const failing = usage.flush();
  usage.noteCall('one', NOON + 2);
  await assert.rejects(failing, /does not answer/);
  state.isDown = false;
  await usage.flush();
  assert.deepEqual(calls('one'), [[20_000, 3]]);
});
