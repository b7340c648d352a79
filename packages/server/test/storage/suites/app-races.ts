/** Acts on one app at the same moment, from two processes: one of them is first, and the other sees what it did. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Apps } from '../../../src/apps/apps.ts';
import type { AppStores } from '../../../src/apps/ports.ts';
import type { App } from '../../../src/apps/types.ts';
import { newId } from '../../../src/kit/ids.ts';
import { actorOf, countingTransactions, appsOver, slowAt, type Rest } from '../apps-over.ts';
import { newApp, newSecret } from '../oauth-records.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson, addToken } from '../records.ts';

const beforeInsert = (stores: AppStores, rest: Rest): AppStores => ({
  ...stores,
  secrets: {
    ...stores.secrets,
    insert: async (secret) => {
      await rest();
      return stores.secrets.insert(secret);
    },
  },
});

const beforeUpdate = (stores: AppStores, rest: Rest): AppStores => ({
  ...stores,
  apps: {
    ...stores.apps,
    update: async (...given) => {
      await rest();
      return stores.apps.update(...given);
    },
  },
});

const beforeTransfer = (stores: AppStores, rest: Rest): AppStores => ({
  ...stores,
  apps: {
    ...stores.apps,
    transfer: async (...given) => {
      await rest();
      return stores.apps.transfer(...given);
    },
  },
});

export const describeAppRaces = (open: OpenPlace): void => {
  describe('acts on one app at once', () => {
    const place = placeOf(open);

    async function stage(changes: Partial<App> = {}) {
      const { user } = await addPerson(place.storage);
      const app = newApp(user, { scopes: [], mayIntrospect: false, ...changes });
      await place.storage.apps.insert(app);
      const others = countingTransactions(await place.another());
      return { user, app, other: appsOver(others.storage), begun: others.begun };
    }

    const eventsOf = async ({ id }: App) => {
      const page = { page: 1, pageSize: 20 };
      const { items } = await place.storage.events.list({ resourceId: id }, page);
      return items.map(({ type }) => type).toReversed();
    };

    test('leave no secret to an app that is deleted while one is added', async () => {
      const { user, app, other, begun } = await stage();
      const { storage, reached } = slowAt(place.storage, {
        at: beforeInsert,
        until: () => begun() > 0,
      });
      const adding = appsOver(storage).addSecret(
        { id: app.id, creationKey: newId() },
        actorOf(user),
      );
      await reached;
      const deleting = other.switch({ id: app.id, act: 'delete' }, actorOf(user));
      assert.deepEqual([(await adding).outcome, (await deleting).outcome], ['added', 'switched']);
      assert.deepEqual(await place.storage.secrets.ofApp(app.id), []);
      assert.deepEqual(await eventsOf(app), ['oauth_secret_created', 'oauth_app_deleted']);
    });

    test('add no secret to an app that was deleted first', async () => {
      const { user, app, other, begun } = await stage();
      const { storage, reached } = slowAt(place.storage, {
        at: beforeUpdate,
        until: () => begun() > 0,
      });
      const deleting = appsOver(storage).switch({ id: app.id, act: 'delete' }, actorOf(user));
      await reached;
      const adding = other.addSecret({ id: app.id, creationKey: newId() }, actorOf(user));
      assert.deepEqual(
        [(await deleting).outcome, (await adding).outcome],
        ['switched', 'not-found'],
      );
      assert.deepEqual(await place.storage.secrets.ofApp(app.id), []);
    });

    test('give a token no secret of an app that becomes a resource server meanwhile', async () => {
      const { user, app, other, begun } = await stage();
      const { id: tokenId } = await addToken(place.storage, user);
      const ceiling = { tokenId, accountId: user.accountId, scopes: [] };
      const { storage, reached } = slowAt(place.storage, {
        at: beforeUpdate,
        until: () => begun() > 0,
      });
      const asked = { id: app.id, mayIntrospect: true };
      const raising = appsOver(storage).setIntrospection(asked, actorOf(user));
      await reached;
      const adding = other.addSecret({ id: app.id, creationKey: newId() }, actorOf(user, ceiling));
      assert.equal(await raising, true);
      assert.equal((await adding).outcome, 'not-found');
    });

    test('make nothing a resource server that is deleted first', async () => {
      const { user, app, other, begun } = await stage();
      const { storage, reached } = slowAt(place.storage, {
        at: beforeUpdate,
        until: () => begun() > 0,
      });
      const deleting = appsOver(storage).switch({ id: app.id, act: 'delete' }, actorOf(user));
      await reached;
      const asked = { id: app.id, mayIntrospect: true };
      assert.equal(await other.setIntrospection(asked, actorOf(user)), false);
      assert.equal((await deleting).outcome, 'switched');
      assert.deepEqual(await eventsOf(app), ['oauth_app_deleted']);
    });

    test('give it one new owner, and the former one changes nothing of it afterwards', async () => {
      const { user, app, other, begun } = await stage();
      const [first, second] = [await addPerson(place.storage), await addPerson(place.storage)];
      const secret = newSecret(app, { madeById: 'a token' });
      await place.storage.secrets.insert(secret);
      const origin = { source: 'cli', client: 'cli/x', address: null, actorId: null } as const;
      const byCommandLine = { ...actorOf(user), origin };
      const give = (service: Apps, toId: string) =>
        service.transfer({ id: app.id, toId, overlapSeconds: 60 }, byCommandLine);
      const { storage, reached } = slowAt(place.storage, {
        at: beforeTransfer,
        until: () => begun() > 1,
      });
      const giving = give(appsOver(storage), first.user.id);
      await reached;
      const owned = { ...actorOf(user), isOperator: false };
      const [given, again, disabled] = await Promise.all([
        giving,
        give(other, second.user.id),
        other.switch({ id: app.id, act: 'disable' }, owned),
      ]);
      assert.deepEqual(
        [given.outcome, again.outcome, disabled.outcome],
        ['transferred', 'not-found', 'not-found'],
      );
      const kept = await place.storage.apps.byId(app.id);
      assert.deepEqual([kept?.ownerId, kept?.disabledAt], [first.user.id, null]);
      const [left] = await place.storage.secrets.ofApp(app.id);
      assert.deepEqual([left?.endsAt, left?.madeById], [NOW + 60, null]);
      place.time.now = NOW + 60;
      assert.deepEqual(await place.storage.secrets.ofApp(app.id), []);
      assert.deepEqual((await place.storage.clients.byId(app.id))?.secrets, []);
      place.time.now = NOW;
    });

    test('disable once, however many ask, and are told alike', async () => {
      const { user, app, other } = await stage();
      const service = appsOver(place.storage);
      const disable = (index: number) =>
        (index % 2 === 0 ? service : other).switch({ id: app.id, act: 'disable' }, actorOf(user));
      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, index) => disable(index)));
      for (const outcome of outcomes) assert.equal(outcome.outcome, 'switched');
      assert.deepEqual(await eventsOf(app), ['oauth_app_disabled']);
    });
  });
};
