import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newId } from '../../../src/kit/ids.ts';
import { addConnected, newApp, newSecret } from '../oauth-records.ts';
import { countWinners, NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson, addToken } from '../records.ts';

const PAGE = { page: 1, pageSize: 10 };

export const describeApps = (open: OpenPlace): void => {
  describe('apps', () => {
    const place = placeOf(open);

    const addApp = async (changes: Parameters<typeof newApp>[1] = {}) => {
      const { user } = await addPerson(place.storage);
      const app = newApp(user, changes);
      assert.equal(await place.storage.apps.insert(app), true);
      return { user, app };
    };

    test('are read back as they were written', async () => {
      const { app } = await addApp();
      assert.deepEqual(await place.storage.apps.byId(app.id), app);
      assert.equal(await place.storage.apps.byId(newId()), null);
      const { ownerId, creationKey } = app;
      assert.deepEqual(await place.storage.apps.byCreationKey(ownerId, creationKey), app);
    });

    test('are made once for a creation key, however many try', async () => {
      const { user } = await addPerson(place.storage);
      const other = await place.another();
      const creationKey = newId();
      const insert = (index: number) =>
        (index % 2 === 0 ? place.storage : other).apps.insert(newApp(user, { creationKey }));
      assert.equal(await countWinners(20, insert), 1);
      assert.equal(await place.storage.apps.countLive(user.id), 1);
    });

    test('change in the named fields alone, and not after they were deleted', async () => {
      const { app } = await addApp();
      const { apps } = place.storage;
      const changes = { name: 'New Name', scopes: ['team.read'], allowsMissingPkce: false };
      assert.equal(await apps.update(app.id, changes, NOW + 1), true);
      assert.deepEqual(await apps.byId(app.id), { ...app, ...changes, updatedAt: NOW + 1 });
      assert.equal(await apps.update(app.id, { deletedAt: NOW + 2 }, NOW + 2), true);
      assert.equal(await apps.update(app.id, { name: 'Back' }, NOW + 3), false);
      assert.equal((await apps.byId(app.id))?.deletedAt, NOW + 2);
      assert.equal((await apps.list({ ownerId: app.ownerId ?? '' }, PAGE)).total, 0);
    });

    test('say by their type what older rows do not say of themselves', async () => {
      const older = { grantTypes: null, tokenEndpointAuthMethod: null, jwks: null };
      const { app } = await addApp(older);
      assert.deepEqual(await place.storage.apps.byId(app.id), app);
      const client = (await place.storage.clients.byId(app.id))?.client;
      assert.deepEqual(client?.grantTypes, ['authorization_code', 'refresh_token']);
      assert.deepEqual(client?.authenticationMethods, [
        'client_secret_basic',
        'client_secret_post',
      ]);
      assert.equal(client?.jwks, null);
    });

    test('are clients by what they are registered with, whatever their type says', async () => {
      const { app } = await addApp({ grantTypes: ['authorization_code'] });
      const { apps, clients } = place.storage;
      const client = (await clients.byId(app.id))?.client;
      assert.deepEqual(client?.grantTypes, ['authorization_code']);
      assert.deepEqual(client?.authenticationMethods, ['client_secret_post']);
      assert.deepEqual(client?.jwks, app.jwks);
      const changes = { grantTypes: null, tokenEndpointAuthMethod: 'none', jwks: null };
      assert.equal(await apps.update(app.id, changes, NOW + 1), true);
      assert.deepEqual(await apps.byId(app.id), { ...app, ...changes, updatedAt: NOW + 1 });
      const changed = (await clients.byId(app.id))?.client;
      assert.deepEqual(changed?.authenticationMethods, ['none']);
    });

    test('may belong to nobody: in the list of all, in no list of anybody, and made once for a key', async () => {
      const { user } = await addPerson(place.storage);
      const { apps, clients, secrets } = place.storage;
      const before = (await apps.list({}, PAGE)).total;
      const app = newApp(user, { ownerId: null, accountId: null });
      assert.equal(await apps.insert(app), true);
      assert.equal(await apps.insert({ ...app, id: newId() }), false);
      assert.deepEqual(await apps.byId(app.id), app);
      assert.deepEqual(await apps.byCreationKey(null, app.creationKey), app);
      assert.equal((await apps.list({}, PAGE)).total, before + 1);
      assert.equal((await apps.list({ ownerId: user.id }, PAGE)).total, 0);
      const secret = newSecret(app);
      assert.equal(await secrets.insert(secret), true);
      assert.deepEqual(await secrets.ofApp(app.id), [secret]);
      const registered = await clients.byId(app.id);
      assert.equal(registered?.client.isActive, true);
      assert.equal(registered.client.ownerRole, null);
      assert.equal(await apps.update(app.id, { scopes: ['team.read'] }, NOW + 1), true);
      assert.equal(await apps.update(app.id, { deletedAt: NOW + 2 }, NOW + 2), true);
      assert.equal((await apps.list({}, PAGE)).total, before);
    });

    test('of nobody are given to somebody once, and are then theirs in every list', async () => {
      const [{ user }, other] = [await addPerson(place.storage), await addPerson(place.storage)];
      const { apps } = place.storage;
      const app = newApp(user, { ownerId: null, accountId: null });
      await apps.insert(app);
      const give = ({ id: ownerId, accountId }: typeof user) =>
        apps.transfer(app.id, { ownerId, accountId, creationKey: newId(), fromId: null }, NOW);
      assert.equal(await give(user), true);
      assert.equal(await give(other.user), false);
      assert.equal(await apps.countLive(user.id), 1);
      const within = { accountId: user.accountId, covers: () => true };
      await apps.update(app.id, { mayIntrospect: false }, NOW);
      const theirs = await apps.list({ ownerId: user.id, within }, PAGE);
      assert.deepEqual(
        theirs.items.map(({ id }) => id),
        [app.id],
      );
    });

    test('are counted with their secrets as they were made, whatever became of them', async () => {
      const { user } = await addPerson(place.storage);
      const { apps, secrets } = place.storage;
      for (let made = 1; made <= 3; made++) {
        const app = newApp(user, { createdAt: NOW + made });
        await apps.insert(app);
        await secrets.insert(newSecret(app, { createdAt: NOW + 10 * made }));
        await apps.update(app.id, { deletedAt: NOW + 99 }, NOW + 99);
        await secrets.revokeAll(app.id, NOW + 99);
      }
      const madeAt = (store: Pick<typeof apps, 'madeAt'>, since: number) =>
        Promise.all(
          [1, 3, 4].map((which) => store.madeAt(user.id, { place: which, since, until: NOW + 99 })),
        );
      assert.deepEqual(await madeAt(apps, NOW), [NOW + 3, NOW + 1, null]);
      assert.deepEqual(await madeAt(apps, NOW + 1), [NOW + 3, null, null]);
      assert.deepEqual(await madeAt(secrets, NOW), [NOW + 30, NOW + 10, null]);
      assert.deepEqual(await madeAt(secrets, NOW + 10), [NOW + 30, null, null]);
      assert.equal(await apps.madeAt(newId(), { place: 1, since: 0, until: NOW }), null);
    });

    test('are searched by name, whatever characters the name has', async () => {
      const { app } = await addApp({ name: `100%_Ärger\\${newId()}` });
      const found = async (search: string) =>
        (await place.storage.apps.list({ search }, PAGE)).items.map(({ id }) => id);
      assert.deepEqual(await found('100%_ÄRGER\\'), [app.id]);
      assert.deepEqual(await found('100x'), []);
    });

    test('are clients to the protocol, with their live secrets, until they are deleted', async () => {
      const { user, app } = await addApp();
      const { secrets, clients, apps, users } = place.storage;
      const [first, second] = [newSecret(app), newSecret(app)];
      await secrets.insert(first);
      await secrets.insert(second);
      await secrets.revoke(app.id, first.id, NOW + 1);
      const registered = await clients.byId(app.id);
      assert.deepEqual(registered?.secrets, [{ id: second.id, hash: second.secretHash }]);
      assert.equal(registered?.client.isActive, true);
      assert.deepEqual(registered?.client.redirectUris, app.redirectUris);
      await users.update(user.id, { suspendedAt: NOW });
      assert.equal((await clients.byId(app.id))?.client.isActive, false);
      await users.update(user.id, { suspendedAt: null });
      await apps.update(app.id, { disabledAt: NOW }, NOW);
      assert.equal((await clients.byId(app.id))?.client.isActive, false);
      await apps.update(app.id, { deletedAt: NOW }, NOW);
      assert.equal(await clients.byId(app.id), null);
    });

    test('have secrets that end once, each for itself or all together', async () => {
      const { app } = await addApp();
      const { secrets } = place.storage;
      const made = [newSecret(app), newSecret(app), newSecret(app)];
      for (const secret of made) assert.equal(await secrets.insert(secret), true);
      const [one] = made;
      assert.ok(one);
      assert.equal(
        await secrets.insert({ ...newSecret(app), creationKey: one.creationKey }),
        false,
      );
      assert.deepEqual(await secrets.byCreationKey(app.id, one.creationKey), one);
      assert.equal(await secrets.revoke(newId(), one.id, NOW), false);
      assert.equal(await countWinners(10, () => secrets.revoke(app.id, one.id, NOW)), 1);
      await secrets.recordUse(made.map(({ id }) => ({ id, at: NOW + 5 })));
      await secrets.recordUse(made.map(({ id }) => ({ id, at: NOW + 3 })));
      const live = await secrets.ofApp(app.id);
      assert.deepEqual(
        live.map(({ lastUsedAt }) => lastUsedAt),
        [NOW + 5, NOW + 5],
      );
      await secrets.revokeAll(app.id, NOW);
      assert.deepEqual(await secrets.ofApp(app.id), []);
    });

    test('lose the secrets that a token or what it made has made, and no others', async () => {
      const { user, app } = await addApp();
      const { secrets, tokens, access } = place.storage;
      const maker = await addToken(place.storage, user);
      const child = await addToken(place.storage, user, { madeById: maker.id });
      const other = await addToken(place.storage, user);
      const [first, second, third, own] = [maker.id, child.id, other.id, null].map((madeById) =>
        newSecret(app, { madeById }),
      );
      assert.ok(first && second && third && own);
      for (const secret of [first, second, third, own]) await secrets.insert(secret);
      assert.equal(await secrets.isMakerLive(child.id, NOW), true);
      await tokens.revoke(child.id, NOW);
      assert.equal(await secrets.isMakerLive(child.id, NOW), false);
      const ended = await tokens.revokeSecretsMadeBy(maker.id, NOW);
      const known = { appId: app.id, appName: app.name };
      const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1);
      assert.deepEqual(
        ended.toSorted(byId),
        [first, second].map(({ id }) => ({ id, ...known })).toSorted(byId),
      );
      assert.deepEqual(await tokens.revokeSecretsMadeBy(maker.id, NOW), []);
      assert.equal((await secrets.ofApp(app.id)).length, 2);
      await access.endAll(user.id, NOW);
      assert.deepEqual(await secrets.ofApp(app.id), [own]);
    });

    test('end everything that was granted to them, and count whom they had', async () => {
      const { storage } = place;
      const { app, grant, code, family } = await addConnected(storage);
      assert.equal(await storage.appGrants.countUsers(app.id), 1);
      assert.equal(await storage.appGrants.endOfApp(app.id, NOW + 1), 1);
      assert.equal(await storage.appGrants.endOfApp(app.id, NOW + 2), 0);
      assert.equal(await storage.appGrants.countUsers(app.id), 0);
      assert.equal((await storage.grants.byId(grant.id))?.revokedAt, NOW + 1);
      assert.equal((await storage.families.standing(family.id))?.family.revokedAt, NOW + 1);
      assert.equal(await storage.codes.redeem(code, family.id, NOW), false);
    });
  });
};
