/** Calls with one token: whatever one of them waits for, the others are answered. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { openStorage } from '../../src/storage/storage.ts';
import { openPlace, type Place } from '../oauth/place.ts';
import { sharedPostgres } from '../support/postgres.ts';

let place: Place;
let databaseUrl: string;
before(async () => {
  databaseUrl = await (await sharedPostgres()).createDatabase();
  place = await openPlace({ databaseUrl });
});
after(() => place.stop());

test('a hundred calls with one token are answered while another one waits for the database', async () => {
  const { modules } = place;
  const user = await place.user();
  const form = { description: 'x', scopes: ['account.read', 'asset.read'], lifeSeconds: null };
  const { accountId } = user;
  const origin = { source: 'portal', client: 'web', address: null, actorId: user.id } as const;
  const made = await modules.tokens.create(
    { ...form, accountId, creationKey: randomUUID() },
    { user, origin, ceiling: null },
  );
  assert.ok(made.outcome === 'created');
  const headers = { authorization: `Bearer ${made.value}` };
  const { dataDirectory } = modules.config.storage;
  const other = await openStorage({ dataDirectory, databaseUrl, clock: modules.clock });
  const gate = Promise.withResolvers<undefined>();
  const held = Promise.withResolvers<undefined>();
  const holding = other.transaction(async ({ users }) => {
    await users.lock(user.id);
    held.resolve(undefined);
    await gate.promise;
  });
  await held.promise;
  const state = { isOver: false };
  const waiting = fetch(`${place.base}/v2/tokens/${made.token.id}`, {
    method: 'PATCH',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ description: 'renamed' }),
  }).finally(() => {
    state.isOver = true;
  });
  try {
    const calls = Array.from({ length: 100 }, () => fetch(`${place.base}/v2/me`, { headers }));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    assert.ok(
      statuses.every((status) => status === 200),
      statuses.join(' '),
    );
    assert.equal(state.isOver, false, 'the first still waits');
  } finally {
    gate.resolve(undefined);
    await holding;
    await other.close();
  }
  assert.equal((await waiting).status, 200);
});
