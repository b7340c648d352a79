/** A person who connected many apps ends their access: over at once for whoever asks, while the rows end in steps. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import type { Engine } from '../../../src/storage/engine.ts';
import { addConnections, crowdIds } from '../../support/crowd.ts';
import { countersAndRows } from '../counted.ts';
import { addConnected, newCode, newGrant } from '../oauth-records.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson } from '../records.ts';

/** More than one step ends. */
const MANY = 260;
const PAGE = { page: 1, pageSize: 10 };
const never = (id: string) => assert.fail(`${id} was left out`);

export const describeEndedAccess = (open: OpenPlace): void => {
  describe('connections of a person whose access ended', () => {
    const place = placeOf(open);
    let database: Engine;
    before(async () => {
      database = await place.database();
    });
    after(() => database.close());

    async function withMany(count = MANY) {
      const connected = await addConnected(place.storage);
      await addConnections(database, { grantId: connected.grant.id, count });
      const last = { ...crowdIds(connected.grant.id, count), userId: connected.user.id };
      const everywhere = { userId: connected.user.id, accountId: null };
      return { ...connected, last, everywhere };
    }

    const liveRows = async (userId: string): Promise<number> => {
      const { rows } = await sql<{ n: number | string }>`select count(*) as n from grants
        where user_id = ${userId} and revoked_at is null`.execute(database.read);
      return Number(rows[0]?.n);
    };

    const connections = (filter: { userId?: string; clientId?: string; id?: string }) =>
      place.storage.grants.connections({ ...filter, sinceDay: 0 }, PAGE);

    test('are over for every reader at once, and counted so', async () => {
      const { storage } = place;
      const { user, grant, last, everywhere } = await withMany();
      const all = (await connections({})).total;
      const living = await storage.access.living(everywhere, NOW);
      assert.deepEqual([living.grants.total, living.grants.first.length], [MANY + 1, 50]);
      assert.equal(await storage.appGrants.countUsers(last.appId), 1);
      const ended = await storage.access.endAll(user.id, NOW + 1);
      assert.deepEqual(ended, { tokens: 0, grants: MANY + 1 });
      assert.equal(await liveRows(user.id), MANY + 1, 'the rows wait');

      for (const filter of [{ userId: user.id }, { clientId: last.appId }, { id: last.grantId }]) {
        const { total, items } = await connections(filter);
        assert.deepEqual([total, items], [0, []]);
      }
      assert.equal((await connections({})).total, all - MANY - 1);
      const { accountId } = grant;
      const within = { accountId, covers: () => true };
      const filter = { userId: user.id, within, sinceDay: 0 };
      const covered = await storage.grants.connections(filter, PAGE);
      assert.deepEqual([covered.total, covered.items], [0, []]);
      for (const whose of [everywhere, { userId: user.id, accountId }]) {
        const { grants } = await storage.access.living(whose, NOW + 1);
        assert.deepEqual(grants, { total: 0, first: [] });
      }
      assert.equal(await storage.appGrants.countUsers(last.appId), 0);
      const key = { userId: user.id, clientId: last.appId };
      assert.equal(await storage.grants.find({ ...key, accountId }), null);
      const found = await storage.grants.findIn({ ...key, accountIds: [accountId] });
      assert.equal(found.size, 0);
      assert.equal(await storage.grants.revoke(last.grantId, NOW + 2), false, 'it is over');
      const named = await storage.namedScopes.page('grants', { after: '', limit: 9999, now: NOW });
      assert.ok(!named.some(({ id }) => id === last.grantId));
      const again = await storage.access.endAll(user.id, NOW + 2);
      assert.deepEqual(again, { tokens: 0, grants: 0 });
    });

    test('open nothing from then on', async () => {
      const { storage } = place;
      const { user, grant, last } = await withMany();
      const { familyId, tokenId, grantId, userId } = last;
      const code = newCode({ ...grant, id: grantId, userId, clientId: last.appId });
      await storage.codes.insert(code);
      const facts = async () => (await storage.credentials.find('oat', tokenId))?.app;
      assert.equal((await facts())?.withdrawnAt, null);
      await storage.access.endAll(user.id, NOW + 1);
      assert.equal((await storage.grants.byId(grantId))?.revokedAt, null, 'its row waits');
      assert.equal((await facts())?.withdrawnAt, NOW + 1);
      assert.equal((await storage.families.standing(familyId))?.grantRevokedAt, NOW + 1);
      assert.equal((await storage.codes.standing(code.id))?.grantRevokedAt, NOW + 1);
      await storage.access.endRest(NOW + 2, never);
      assert.equal((await storage.grants.byId(grantId))?.revokedAt, NOW + 1);
      assert.equal((await storage.families.standing(familyId))?.family.revokedAt, NOW + 1);
      assert.equal(await storage.codes.redeem(code, familyId, NOW), false);
      assert.equal(await liveRows(user.id), 0);
    });

    test('leave alone what the person allows afterwards, until they end that too', async () => {
      const { storage } = place;
      const { user, app, grant, last, everywhere } = await withMany();
      await storage.access.endAll(user.id, NOW);
      // In the same second, of an app whose old grant still waits and of one that is new.
      const { app: other } = await addConnected(storage);
      const anew = [newGrant(user, { ...app, id: last.appId }), newGrant(user, other)];
      for (const one of anew) await storage.grants.insert(one);
      const isKept = async (): Promise<void> => {
        const { total, items } = await connections({ userId: user.id });
        const ids = items.map(({ id }) => id).sort();
        assert.deepEqual([total, ids], [2, anew.map(({ id }) => id).sort()]);
        assert.equal((await storage.access.living(everywhere, NOW)).grants.total, 2);
        assert.equal(await storage.appGrants.countUsers(last.appId), 1);
        const key = { userId: user.id, clientId: last.appId, accountId: grant.accountId };
        assert.equal((await storage.grants.find(key))?.id, anew[0]?.id);
      };
      await isKept();
      assert.equal((await storage.grants.byId(last.grantId))?.revokedAt, NOW, 'it gave way');
      await storage.access.endRest(NOW, never);
      await isKept();
      assert.deepEqual(await storage.access.endAll(user.id, NOW), { tokens: 0, grants: 2 });
      assert.equal((await connections({ userId: user.id })).total, 0);
    });

    test('may end again and again while the first are still to end', async () => {
      const { storage } = place;
      const { user, app, everywhere } = await withMany();
      await storage.access.endAll(user.id, NOW);
      const apps = await sql<{ id: string }>`select id from apps where owner_id = ${user.id}
        order by id limit 120`.execute(database.read);
      for (const { id } of apps.rows) await storage.grants.insert(newGrant(user, { ...app, id }));
      assert.equal((await storage.access.living(everywhere, NOW)).grants.total, 120);
      const ended = await storage.access.end({ ...everywhere, accountId: user.accountId }, NOW + 1);
      assert.deepEqual(ended, { tokens: 0, grants: 120 });
      assert.equal((await connections({ userId: user.id })).total, 0);
      await storage.access.endRest(NOW + 2, never);
      assert.equal(await liveRows(user.id), 0);
    });

    test('in one account leave those in another alone', async () => {
      const { storage } = place;
      const { user, app, everywhere } = await withMany();
      const { user: other } = await addPerson(storage);
      const there = newGrant(user, app, { accountId: other.accountId });
      await storage.grants.insert(there);
      const here = { userId: user.id, accountId: user.accountId };
      assert.equal((await storage.access.end(here, NOW + 1)).grants, MANY + 1);
      const check = async (): Promise<void> => {
        const { total, items } = await connections({ userId: user.id });
        assert.deepEqual([total, items.map(({ id }) => id)], [1, [there.id]]);
        const { grants } = await storage.access.living(everywhere, NOW);
        assert.deepEqual([grants.total, grants.first.map(({ id }) => id)], [1, [there.id]]);
        assert.equal((await storage.access.living(here, NOW)).grants.total, 0);
      };
      await check();
      await storage.access.endRest(NOW + 2, never);
      await check();
      assert.equal(await liveRows(user.id), 1);
    });

    test('end whoever goes on, in two processes at once too, and totals stay as they are', async () => {
      const { user } = await withMany();
      const other = await place.another();
      await place.storage.access.endAll(user.id, NOW + 1);
      const { total } = await connections({});
      await Promise.all([place.storage, other].map(({ access }) => access.endRest(NOW + 2, never)));
      assert.equal(await liveRows(user.id), 0);
      assert.equal((await connections({})).total, total);
      const { counters, rows } = await countersAndRows(database.read);
      assert.deepEqual(counters, rows);
      const open = await sql`select user_id from access_ends where finished_at is null`.execute(
        database.read,
      );
      assert.deepEqual(open.rows, [], 'and nobody looks at the mark again');
    });

    test('of an app that is deleted as well are counted once', async () => {
      const { storage } = place;
      const { user, last } = await withMany();
      await storage.access.endAll(user.id, NOW + 1);
      const { total } = await connections({});
      await storage.apps.update(last.appId, { deletedAt: NOW + 2 }, NOW + 2);
      assert.equal((await connections({})).total, total);
      assert.equal((await connections({ userId: user.id })).total, 0);
      assert.equal((await connections({ clientId: last.appId })).total, 0);
      assert.equal(await storage.appGrants.endOfApp(last.appId, NOW + 2), 0, 'it was over before');
      await storage.appGrants.endOfDeleted(NOW + 3, never);
      await storage.access.endRest(NOW + 3, never);
      assert.equal((await connections({})).total, total);
      assert.equal(await liveRows(user.id), 0);
    });
  });
};
