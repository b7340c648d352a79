import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { OpenPlace, Place } from '../places.ts';
import { addPerson } from '../records.ts';

export const describeMigrations = (open: OpenPlace): void => {
  describe('migrations', () => {
    let place: Place;
    before(async () => {
      place = await open();
    });
    after(() => place.close());

    test('are applied once by many storages that start together', async () => {
      const others = await Promise.all([1, 2, 3].map(() => place.another()));
      const pending = await place.storage.pendingMigrations();
      assert.ok(pending.length > 0);
      const applied = await Promise.all([place.storage, ...others].map((one) => one.migrate()));
      assert.deepEqual(applied.flat(), pending);
      assert.deepEqual(await place.storage.pendingMigrations(), []);
    });

    test('that were applied stay, and what is stored stays', async () => {
      const { user } = await addPerson(place.storage);
      assert.deepEqual(await place.storage.migrate(), []);
      assert.deepEqual(await place.storage.users.byId(user.id), user);
      await place.storage.ping();
    });
  });
};
