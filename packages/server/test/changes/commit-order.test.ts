/** On PostgreSQL transactions run side by side: positions follow their commits, and wait for no transaction of others. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import type { DeveloperToken } from '../../src/developer-tokens/types.ts';
import { NOW, openPlaceAt, type Place } from '../storage/places.ts';
import { addPerson, newToken } from '../storage/records.ts';
import { sharedPostgres } from '../support/postgres.ts';

let place: Place;
before(async () => {
  place = await openPlaceAt(await (await sharedPostgres()).createMigrated());
});
after(() => place.close());

async function addToken(): Promise<DeveloperToken> {
  const { user } = await addPerson(place.storage);
  const token = newToken(user);
  await place.storage.tokens.insert(token);
  return token;
}

/** Ids of tokens that changed after a position, in order. */
async function changedAfter(position: number): Promise<readonly string[]> {
  const { changes } = await place.storage.changes.after(position, 100);
  assert.deepEqual(
    changes.map((change) => change.position),
    changes.map((_, index) => position + 1 + index),
  );
  return changes.map((change) => ('tokenId' in change ? change.tokenId : change.kind));
}

/** A promise that is kept from outside. */
function latch() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test('what was begun first and committed last comes last, and a reader in between misses neither', async () => {
  const { storage } = place;
  const other = await place.another();
  const [early, late] = [await addToken(), await addToken()];
  const start = await storage.changes.newest();
  const [hasWritten, mayCommit] = [latch(), latch()];
  const slow = storage.transaction(async ({ tokens }) => {
    await tokens.revoke(early.id, NOW);
    hasWritten.open();
    await mayCommit.opened;
  });
  await hasWritten.opened;
  await other.transaction(({ tokens }) => tokens.revoke(late.id, NOW));
  assert.deepEqual(await changedAfter(start), [late.id]);
  mayCommit.open();
  await slow;
  assert.deepEqual(await changedAfter(start), [late.id, early.id]);
  assert.deepEqual(await changedAfter(start + 1), [early.id]);
});

test('a transaction that is left open holds up no reader, in another database or in this one', async () => {
  const { storage } = place;
  const { port } = await sharedPostgres();
  const elsewhere = new URL(await (await sharedPostgres()).createDatabase());
  assert.equal(elsewhere.port, String(port));
  const stranger = new pg.Client({ connectionString: elsewhere.href });
  await stranger.connect();
  await stranger.query('create table left_open (id int)');
  await stranger.query('begin');
  await stranger.query('insert into left_open values (1)');
  const [waiting, token] = [await addToken(), await addToken()];
  const [hasWritten, mayCommit] = [latch(), latch()];
  const own = storage.transaction(async ({ tokens }) => {
    await tokens.revoke(waiting.id, NOW);
    hasWritten.open();
    await mayCommit.opened;
  });
  await hasWritten.opened;
  const start = await storage.changes.newest();
  await storage.tokens.revoke(token.id, NOW);
  assert.deepEqual(await changedAfter(start), [token.id]);
  mayCommit.open();
  await own;
  await stranger.query('rollback');
  await stranger.end();
});
