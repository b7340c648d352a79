/** An app that many people connected is deleted: over at once for whoever asks, while the rows end in steps. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { hours } from '../../../src/kit/clock.ts';
import type { Engine } from '../../../src/storage/engine.ts';
import { addCrowd, crowdIds } from '../../support/crowd.ts';
import { countersAndRows } from '../counted.ts';
import { addConnected, newApp, newCode, newGrant, type Connected } from '../oauth-records.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson } from '../records.ts';

/** More than one step ends. */
const MANY = 260;
const PAGE = { page: 1, pageSize: 10 };
const never = (id: string) => assert.fail(`${id} was left out`);

export const describeEndingGrants = (open: OpenPlace): void => {
  describe('grants of a deleted app', () => {
    const place = placeOf(open);
    let database: Engine;
    before(async () => {
      database = await place.database();
    });
    after(() => database.close());

    /** As the service deletes it: the app and its first grants in one transaction. */
    const remove = ({ app }: Connected): Promise<number> =>
      place.storage.transaction(async ({ apps, appGrants }) => {
        await apps.update(app.id, { deletedAt: NOW + 1 }, NOW + 1);
        return appGrants.endOfApp(app.id, NOW + 1);
      });

    async function withCrowd(count = MANY) {
      const connected = await addConnected(place.storage);
      await addCrowd(database, { grantId: connected.grant.id, count });
      return { ...connected, last: crowdIds(connected.grant.id, count) };
    }

    const liveRows = async (appId: string): Promise<number> => {
      const { rows } = await sql<{ n: number | string }>`select count(*) as n from grants
        where client_id = ${appId} and revoked_at is null`.execute(database.read);
      return Number(rows[0]?.n);
    };

    const connections = (filter: { userId?: string; clientId?: string; id?: string }) =>
      place.storage.grants.connections({ ...filter, sinceDay: 0 }, PAGE);

    test('are over for every reader from the deletion on, and counted so', async () => {
      const { storage } = place;
      const crowd = await withCrowd();
      const { app, last } = crowd;
      const { userId, grantId } = last;
      // The same person has another app, which stays.
      const other = newApp(crowd.user);
      await storage.apps.insert(other);
      const { accountId } = crowd.grant;
      const user = { ...crowd.user, id: userId };
      await storage.grants.insert(newGrant(user, other, { accountId }));
      const code = newCode({ ...crowd.grant, id: grantId, userId });
      await storage.codes.insert(code);
      const all = (await connections({})).total;
      assert.equal((await connections({ userId })).total, 2);
      assert.equal(await remove(crowd), MANY + 1);
      assert.ok((await liveRows(app.id)) >= MANY / 2, 'most rows still live');

      const kept = await connections({ userId });
      assert.deepEqual([kept.total, kept.items.map(({ clientId }) => clientId)], [1, [other.id]]);
      assert.equal((await connections({})).total, all - MANY - 1);
      assert.equal((await connections({ clientId: app.id })).total, 0);
      assert.equal((await connections({ clientId: app.id, userId })).total, 0);
      assert.equal((await connections({ id: grantId })).total, 0);
      const within = { accountId, covers: () => true };
      const covered = await storage.grants.connections({ userId, within, sinceDay: 0 }, PAGE);
      assert.deepEqual([covered.total, covered.items.length], [1, 1]);
      const whose = { userId, accountId: null };
      const living = await storage.access.living(whose, NOW);
      assert.equal(living.grants.total, 1);
      assert.equal(await storage.appGrants.countUsers(app.id), 0);
      assert.equal((await storage.appGrants.countUsersOf([app.id, other.id])).size, 1);
      const key = { userId, clientId: app.id };
      const known = await storage.grants.find({ ...key, accountId });
      assert.equal(known?.id, grantId, 'nobody who began before inserts another one');
      const found = await storage.grants.findIn({ ...key, accountIds: [accountId] });
      assert.equal(found.size, 0);
      assert.equal(await storage.grants.revoke(grantId, NOW + 2), false, 'it is over');
      const named = await storage.namedScopes.page('grants', { after: '', limit: 9999, now: NOW });
      assert.ok(!named.some(({ id }) => id === grantId));
    });

    test('open nothing from the deletion on', async () => {
      const { storage } = place;
      const crowd = await withCrowd();
      const { familyId, tokenId, grantId, userId } = crowd.last;
      const code = newCode({ ...crowd.grant, id: grantId, userId });
      await storage.codes.insert(code);
      const facts = async () => (await storage.credentials.find('oat', tokenId))?.app;
      assert.equal((await facts())?.withdrawnAt, null);
      await remove(crowd);
      assert.equal((await storage.grants.byId(grantId))?.revokedAt, null, 'its row waits');
      assert.equal((await facts())?.withdrawnAt, NOW + 1);
      assert.equal((await storage.families.standing(familyId))?.grantRevokedAt, NOW + 1);
      assert.equal((await storage.codes.standing(code.id))?.grantRevokedAt, NOW + 1);
      await storage.appGrants.endOfDeleted(NOW + 2, never);
      assert.equal((await storage.grants.byId(grantId))?.revokedAt, NOW + 1);
      assert.equal((await storage.families.standing(familyId))?.family.revokedAt, NOW + 1);
      assert.equal(await storage.codes.redeem(code, familyId, NOW), false);
      assert.equal(await liveRows(crowd.app.id), 0);
    });

    test('end whoever goes on, in two processes at once too, and totals stay as they are', async () => {
      const crowd = await withCrowd();
      const other = await place.another();
      await remove(crowd);
      const { total } = await connections({});
      await Promise.all(
        [place.storage, other].map(({ appGrants }) => appGrants.endOfDeleted(NOW + 2, never)),
      );
      assert.equal(await liveRows(crowd.app.id), 0);
      assert.equal((await connections({})).total, total);
      const { counters, rows } = await countersAndRows(database.read);
      assert.deepEqual(counters, rows);
    });

    test('that a transaction under way adds later are over as well, and end', async () => {
      const { storage } = place;
      const crowd = await withCrowd(1);
      await remove(crowd);
      await storage.appGrants.endOfDeleted(NOW + 2, never);
      const { user } = await addPerson(storage);
      const late = newGrant(user, crowd.app);
      await storage.grants.insert(late);
      assert.equal((await connections({ userId: user.id })).total, 0);
      await storage.appGrants.endOfDeleted(NOW + hours(1), never);
      assert.equal((await storage.grants.byId(late.id))?.revokedAt, NOW + 1);
      const { rows } = await sql`select id from apps where deleted_at is not null
        and grants_ended_at is null`.execute(database.read);
      assert.deepEqual(rows, [], 'and nobody looks at the app again');
    });

    test('with many families end one at a time', async () => {
      const crowd = await withCrowd(3);
      const { grantId } = crowd.last;
      await sql`update token_families set grant_id = ${grantId} where client_id = ${crowd.app.id}`.execute(
        database.migrations,
      );
      await remove(crowd);
      await place.storage.appGrants.endOfDeleted(NOW + 2, never);
      const { rows } = await sql`select id from token_families where client_id = ${crowd.app.id}
        and revoked_at is null`.execute(database.read);
      assert.deepEqual([await liveRows(crowd.app.id), rows], [0, []]);
    });
  });
};
