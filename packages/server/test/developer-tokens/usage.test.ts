import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UsageBatch } from '../../src/developer-tokens/ports.ts';
import { createUsageRecorder, type Use } from '../../src/developer-tokens/usage.ts';
import { until } from '../support/until.ts';

const NOON = Date.UTC(2026, 10, 24, 12) / 1000;

function memory() {
  const batches: UsageBatch[] = [];
  const state = { isDown: false };
  const store = {
    async record(batch: UsageBatch): Promise<void> {
      await Promise.resolve();
      if (state.isDown) throw new Error('the database does not answer');
      batches.push(batch);
    },
    uses: async () => [],
    addresses: async () => [],
    purge: async () => 0,
    purgeAddresses: async () => 0,
  };
  const sum = (counts: readonly number[]): number =>
    counts.reduce((left, right) => left + right, 0);
  const counted = (id: string): number =>
    sum(
      batches
        .flatMap(({ uses }) => uses)
        .filter(({ tokenId }) => tokenId === id)
        .map(({ count }) => count),
    );
  const tokens = (): number => sum(batches.map(({ lastUsed }) => lastUsed.length));
  return { store, batches, state, counted, tokens };
}

const use = (tokenId: string, more: Partial<Use> = {}): Use => ({
  tokenId,
  outcome: 'allowed',
  address: '192.0.2.1',
  agent: 'curl/8',
  at: NOON,
  ...more,
});

test('uses are added up by outcome, day and place', async () => {
  const { store, batches } = memory();
  const usage = createUsageRecorder(store);
  usage.note(use('one'));
  usage.note(use('one', { at: NOON + 5, agent: 'python' }));
  usage.note(use('one', { at: NOON + 9 }));
  usage.note(use('one', { outcome: 'scope_missing', at: NOON + 86_400 }));
  await usage.flush();
  const day = Math.floor(NOON / 86_400);
  assert.deepEqual(batches, [
    {
      lastUsed: [{ tokenId: 'one', at: NOON + 86_400, address: '192.0.2.1', agent: 'curl/8' }],
      uses: [
        { tokenId: 'one', day, outcome: 'allowed', count: 3 },
        { tokenId: 'one', day: day + 1, outcome: 'scope_missing', count: 1 },
      ],
      addresses: [
        {
          tokenId: 'one',
          address: '192.0.2.1',
          agent: 'curl/8',
          firstUsedAt: NOON,
          lastUsedAt: NOON + 86_400,
          uses: 3,
        },
        {
          tokenId: 'one',
          address: '192.0.2.1',
          agent: 'python',
          firstUsedAt: NOON + 5,
          lastUsedAt: NOON + 5,
          uses: 1,
        },
      ],
    },
  ]);
});

test('one token from many places keeps twenty of them and every count', async () => {
  const { store, batches, counted } = memory();
  const usage = createUsageRecorder(store);
  for (let host = 0; host < 250; host++) usage.note(use('one', { address: `192.0.2.${host}` }));
  await usage.flush();
  assert.equal(batches[0]?.addresses.length, 20);
  assert.equal(counted('one'), 250);
});

test('many tokens are written in small transactions, and requests are answered in between', async () => {
  const { store, batches, tokens } = memory();
  const usage = createUsageRecorder(store, { enough: 1000, most: 1000, batch: 10 });
  for (let token = 0; token < 95; token++) usage.note(use(`token ${token}`));
  let turns = 0;
  let isWriting = true;
  const turn = (): void => {
    turns++;
    if (isWriting) setImmediate(turn);
  };
  setImmediate(turn);
  await usage.flush();
  isWriting = false;
  assert.equal(tokens(), 95);
  assert.equal(Math.max(...batches.map(({ lastUsed }) => lastUsed.length)), 10);
  assert.ok(turns >= batches.length, `${turns} turns for ${batches.length} batches`);
});

test('a flood of distinct tokens is written before the minute is over', async () => {
  const { store, tokens } = memory();
  const usage = createUsageRecorder(store, { enough: 50, most: 1000, batch: 10 });
  for (let token = 0; token < 60; token++) usage.note(use(`token ${token}`));
  await until(() => tokens() >= 50, 'fifty tokens');
});

test('memory stays bounded while the database is down, and what was counted is written later', async () => {
  const { store, state, counted, tokens } = memory();
  state.isDown = true;
  const usage = createUsageRecorder(store, { enough: 50, most: 100, batch: 10 });
  for (let token = 0; token < 1000; token++) usage.note(use(`token ${token}`));
  await assert.rejects(usage.flush(), /does not answer/);
  usage.note(use('token 0'));
  state.isDown = false;
  await usage.flush();
  assert.equal(tokens(), 100);
  assert.equal(counted('token 0'), 2);
});

test('counts that come while a batch fails are added to it', async () => {
  const { store, state, counted } = memory();
  const usage = createUsageRecorder(store);
  usage.note(use('one'));
  state.isDown = true;
  const failing = usage.flush();
  await Promise.resolve();
  await Promise.resolve();
  usage.note(use('one'));
  await assert.rejects(failing);
  state.isDown = false;
  await usage.flush();
  assert.equal(counted('one'), 2);
});

test('who looks at a token has its counts written at once, and those of no other', async () => {
  const { store, counted, tokens } = memory();
  const usage = createUsageRecorder(store);
  usage.note(use('one'));
  usage.note(use('one'));
  usage.note(use('other'));
  assert.equal(await usage.settle(['one', 'unknown', 'one']), true);
  assert.deepEqual([counted('one'), tokens()], [2, 1]);
  assert.equal(await usage.settle(['one']), false);
  await usage.flush();
  assert.deepEqual([counted('one'), counted('other')], [2, 1]);
});

test('what cannot be written when somebody looks is written later, and nobody is told', async () => {
  const { store, state, counted } = memory();
  const usage = createUsageRecorder(store);
  usage.note(use('one'));
  state.isDown = true;
  assert.equal(await usage.settle(['one']), true);
  state.isDown = false;
  await usage.flush();
  assert.equal(counted('one'), 1);
});
