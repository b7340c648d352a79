import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findReturn, keepReturn, takeReturn } from '../../src/identity/authentication/returns.ts';
import type { AccountContext } from '../../src/identity/context.ts';
import { randomBytes } from '../../src/kit/random.ts';

class Busy extends Error {
  readonly isTemporary = true;
}

function stage(fault: Error) {
  const kept = new Map<string, string>();
  const key = (hash: Uint8Array) => Buffer.from(hash).toString('hex');
  const state = { isBusy: false };
  const returns = {
    async keep(row: { handleHash: Uint8Array; path: string }) {
      if (state.isBusy) throw fault;
      kept.set(key(row.handleHash), row.path);
    },
    find: async (hash: Uint8Array) => kept.get(key(hash)) ?? null,
    async take(hash: Uint8Array) {
      if (state.isBusy) throw fault;
      const path = kept.get(key(hash)) ?? null;
      kept.delete(key(hash));
      return path;
    },
  };
  // As much of the context as the way back needs.
  const context = {
    clock: () => 0,
    randomBytes,
    storage: { returns },
  } as unknown as AccountContext;
  return { context, state };
}

test('the way back is taken once', async () => {
  const { context } = stage(new Busy());
  const handle = (await keepReturn(context, '/long')) ?? '';
  assert.equal(await findReturn(context, handle), '/long');
  assert.equal(await takeReturn(context, handle), '/long');
  assert.equal(await takeReturn(context, handle), null);
});

test('a database that cannot be written to breaks off nothing for the way back', async () => {
  const { context, state } = stage(new Busy());
  const handle = (await keepReturn(context, '/long')) ?? '';
  state.isBusy = true;
  assert.equal(await takeReturn(context, handle), '/long');
  assert.equal(await keepReturn(context, '/other'), null);
});

test('any other failure is told', async () => {
  const { context, state } = stage(new Error('a mistake'));
  state.isBusy = true;
  await assert.rejects(keepReturn(context, '/long'), /a mistake/);
  await assert.rejects(takeReturn(context, 'x'), /a mistake/);
});
