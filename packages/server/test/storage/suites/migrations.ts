import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { ownersOfSecrets } from '../../../src/storage/migrations/0005-owners-of-secrets.ts';
import { newApp, newSecret } from '../oauth-records.ts';
import type { OpenPlace, Place } from '../places.ts';
import { addPerson } from '../records.ts';

export const describeMigrations = (open: OpenPlace): void => {
  describe('migrations', () => {
    let place: Place;
    before(async () => {
      place = await open({ isEmpty: true });
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

    test('give the secrets of apps that are there the owner of their app', async () => {
      const { user } = await addPerson(place.storage);
      const app = newApp(user);
      await place.storage.apps.insert(app);
      const secret = newSecret(app);
      await place.storage.secrets.insert(secret);
      const engine = await place.database();
      const db = engine.migrations;
      for (const index of ['client_secrets_owner', 'client_secrets_live_owner'])
        await sql.raw(`drop index ${index}`).execute(db);
      await sql`alter table client_secrets drop column owner_id`.execute(db);
      await ownersOfSecrets.up(db);
      await engine.close();
      assert.deepEqual(await place.storage.secrets.ofApp(app.id), [secret]);
    });

    test('are followed by the repair of what an older version wrote beside them', async () => {
      const { user } = await addPerson(place.storage);
      const app = newApp(user);
      await place.storage.apps.insert(app);
      const secret = newSecret(app);
      await place.storage.secrets.insert(secret);
      const engine = await place.database();
      const ownerOf = async () =>
        (
          await sql<{
            owner: string;
          }>`select owner_id as owner from client_secrets where id = ${secret.id}`.execute(
            engine.read,
          )
        ).rows[0]?.owner;
      const asWritten = () =>
        engine.write((db) =>
          // The default of a column that the older version does not name.
          sql`update client_secrets set owner_id = '' where id = ${secret.id}`.execute(db),
        );
      await asWritten();
      await place.storage.repair();
      assert.equal(await ownerOf(), user.id);
      await asWritten();
      await place.storage.migrate();
      assert.equal(await ownerOf(), user.id);
      await engine.close();
    });

    test('that were applied stay, and what is stored stays', async () => {
      const { user } = await addPerson(place.storage);
      assert.deepEqual(await place.storage.migrate(), []);
      assert.deepEqual(await place.storage.users.byId(user.id), user);
      await place.storage.ping();
    });
  });
};
