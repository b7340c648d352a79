import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newId } from '../../../src/kit/ids.ts';
import { randomBytes } from '../../../src/kit/random.ts';
import type { Repeat, Rotation } from '../../../src/oauth/ports.ts';
import { addConnected, newAccessToken, newCode, newFamily, newGrant } from '../oauth-records.ts';
import { countWinners, NOW, placeOf, type OpenPlace } from '../places.ts';

const PAGE = { page: 1, pageSize: 10 };
const bytes = (size: number): Uint8Array => Uint8Array.from(randomBytes(size));

export const describeGrants = (open: OpenPlace): void => {
  describe('grants', () => {
    const place = placeOf(open);

    test('are found while they live, one for each user, app and account', async () => {
      const { storage } = place;
      const { user, app, grant } = await addConnected(storage);
      const key = { userId: user.id, clientId: app.id, accountId: user.accountId };
      assert.deepEqual(await storage.grants.find(key), grant);
      await assert.rejects(storage.grants.insert(newGrant(user, app)));
      assert.equal(await countWinners(20, () => storage.grants.revoke(grant.id, NOW + 1)), 1);
      assert.equal(await storage.grants.find(key), null);
      const next = newGrant(user, app);
      await storage.grants.insert(next);
      assert.deepEqual(await storage.grants.find(key), next);
    });

    test('change what they allow only while they live', async () => {
      const { grants } = place.storage;
      const { grant } = await addConnected(place.storage, { scopes: ['asset.read', 'team.read'] });
      const scopes = {
        granted: ['asset.read', 'team.read'],
        declined: ['offline'],
        resources: ['first', 'second'],
        appRevision: 3,
      };
      assert.equal(await grants.setScopes(grant.id, scopes, NOW + 2), true);
      const changed = await grants.byId(grant.id);
      assert.deepEqual(changed?.scopes, scopes.granted);
      assert.deepEqual(changed?.declinedScopes, scopes.declined);
      assert.deepEqual(changed?.resources, scopes.resources);
      assert.equal(changed?.appRevision, 3);
      await grants.revoke(grant.id, NOW + 3);
      assert.equal(await grants.setScopes(grant.id, scopes, NOW + 4), false);
    });

    test('are narrowed with all that came of them, and with nothing else', async () => {
      const { storage } = place;
      const { user, app, grant, code, family, token } = await addConnected(storage);
      const other = await addConnected(storage);
      const spent = newCode(grant, { redeemedAt: NOW });
      await storage.codes.insert(spent);
      await storage.grants.narrow(grant.id, ['asset.read', 'asset']);
      const left = ['offline'];
      assert.deepEqual((await storage.codes.standing(code.id))?.code.scopes, left);
      assert.deepEqual((await storage.codes.standing(spent.id))?.code.scopes, spent.scopes);
      assert.deepEqual((await storage.families.standing(family.id))?.family.scopes, left);
      assert.deepEqual((await storage.accessTokens.byId(token.id))?.scopes, left);
      assert.deepEqual((await storage.accessTokens.byId(other.token.id))?.scopes, grant.scopes);
      const whole = newGrant(user, app);
      assert.deepEqual((await storage.grants.byId(grant.id))?.scopes, whole.scopes);
    });

    test('a narrowed code or family is no longer the one that a request read', async () => {
      const { storage } = place;
      const { grant, code, family } = await addConnected(storage);
      await storage.grants.narrow(grant.id, ['offline']);
      assert.equal(await storage.codes.redeem(code, family.id, NOW + 1), false);
      const narrowed = { ...code, scopes: ['asset.read'] };
      assert.equal(await storage.codes.redeem(narrowed, family.id, NOW + 1), true);
      const rotation: Rotation = {
        from: family.refreshHash ?? bytes(32),
        scopes: family.scopes,
        to: bytes(32),
        salt: bytes(16),
        marks: { network: bytes(32), agent: bytes(32) },
        accessTokenId: newId().slice(0, 12),
        generation: 2,
        refreshExpiresAt: NOW + 2000,
      };
      assert.equal(await storage.families.rotate(family.id, rotation, NOW + 1), false);
      const again = { ...rotation, scopes: ['asset.read'] };
      assert.equal(await storage.families.rotate(family.id, again, NOW + 1), true);
    });

    test('cover no scope that the app lost since, also when the app has it again', async () => {
      const { storage } = place;
      const { app, grant, code, family, token } = await addConnected(storage);
      const seen = async () => [
        (await storage.grants.byId(grant.id))?.scopes,
        (await storage.codes.standing(code.id))?.consented,
        (await storage.families.standing(family.id))?.consented,
        (await storage.credentials.find('oat', token.id))?.app?.scopes,
      ];
      const update = (scopes: readonly string[], revision: number, gained: [string, number][]) =>
        storage.apps.update(
          app.id,
          { scopes, scopeHistory: { revision, gainedAt: new Map(gained) } },
          NOW,
        );
      await update(['asset.read'], 1, []);
      assert.deepEqual(
        await seen(),
        Array.from({ length: 4 }, () => ['asset.read']),
      );
      assert.deepEqual((await storage.grants.byId(grant.id))?.lapsedScopes, ['offline']);
      await update(['asset.read', 'offline'], 2, [['offline', 2]]);
      assert.deepEqual(
        await seen(),
        Array.from({ length: 4 }, () => ['asset.read']),
      );
      const anew = {
        granted: grant.scopes,
        declined: [],
        resources: grant.resources,
        appRevision: 2,
      };
      await storage.grants.setScopes(grant.id, anew, NOW);
      assert.deepEqual(
        await seen(),
        Array.from({ length: 4 }, () => grant.scopes),
      );
      const { scopeHistory } = (await storage.apps.byId(app.id)) ?? app;
      assert.deepEqual(scopeHistory, { revision: 2, gainedAt: new Map([['offline', 2]]) });
      assert.deepEqual(await storage.grants.scopesOfApp(app.id), {
        scopes: ['asset.read', 'offline'],
        scopeHistory,
      });
      await storage.apps.update(app.id, { deletedAt: NOW }, NOW);
      assert.equal(await storage.grants.scopesOfApp(app.id), null);
    });

    test('take codes and families with them', async () => {
      const { storage } = place;
      const { grant, code, family } = await addConnected(storage);
      await storage.grants.revoke(grant.id, NOW + 1);
      assert.equal(await storage.codes.redeem(code, family.id, NOW + 1), false);
      const standing = await storage.families.standing(family.id);
      assert.equal(standing?.family.revokedAt, NOW + 1);
      assert.equal(standing?.grantRevokedAt, NOW + 1);
    });

    test('count calls by day and move last-used forward, never back', async () => {
      const { grants } = place.storage;
      const { user, app, grant } = await addConnected(place.storage);
      const use = { grantId: grant.id, day: 100, calls: 3, lastUsedAt: NOW + 9 };
      const unknown = { ...use, grantId: newId() };
      await grants.recordUse([use, unknown, { ...use, day: 101, calls: 4, lastUsedAt: NOW + 5 }]);
      await grants.recordUse([use]);
      const filter = { userId: user.id, clientId: app.id };
      const shown = async (sinceDay: number) =>
        (await grants.connections({ ...filter, sinceDay }, PAGE)).items[0];
      assert.equal((await shown(100))?.calls, 10);
      assert.equal((await shown(101))?.calls, 4);
      assert.equal((await shown(200))?.calls, 0);
      assert.equal((await shown(0))?.lastUsedAt, NOW + 9);
      assert.equal((await shown(0))?.app.name, app.name);
      assert.ok((await grants.purgeUse(101)) >= 1);
      assert.equal((await shown(0))?.calls, 4);
    });

    test('end with all other access of their user', async () => {
      const { storage } = place;
      const { user, grant } = await addConnected(storage);
      assert.deepEqual(await storage.access.endAll(user.id, NOW + 1), { tokens: 0, grants: 1 });
      assert.equal((await storage.grants.byId(grant.id))?.revokedAt, NOW + 1);
      assert.deepEqual(await storage.access.endAll(user.id, NOW + 2), { tokens: 0, grants: 0 });
    });
  });
};

export const describeIssued = (open: OpenPlace): void => {
  describe('codes, families and access tokens', () => {
    const place = placeOf(open);

    test('codes are redeemed once, however many callers race, and not after their time', async () => {
      const { storage } = place;
      const other = await place.another();
      const { grant, code, family } = await addConnected(storage);
      const standing = await storage.codes.standing(code.id);
      assert.deepEqual(standing, {
        code,
        grantRevokedAt: null,
        userSuspendedAt: null,
        role: 'owner',
        consented: grant.scopes,
        declined: [],
      });
      const redeem = (index: number) =>
        (index % 2 === 0 ? storage : other).codes.redeem(code, family.id, NOW + 59);
      assert.equal(await countWinners(50, redeem), 1);
      const redeemed = (await storage.codes.standing(code.id))?.code;
      assert.deepEqual(redeemed, { ...code, redeemedAt: NOW + 59, familyId: family.id });
      const late = newCode(grant);
      await storage.codes.insert(late);
      assert.equal(await storage.codes.redeem(late, family.id, NOW + 60), false);
    });

    test('families rotate while the presented token is the newest one, once', async () => {
      const { storage } = place;
      const other = await place.another();
      const { family } = await addConnected(storage);
      const rotation = (): Rotation => ({
        from: family.refreshHash ?? bytes(32),
        scopes: family.scopes,
        to: bytes(32),
        salt: bytes(16),
        marks: { network: bytes(32), agent: bytes(32) },
        accessTokenId: newId().slice(0, 12),
        generation: 2,
        refreshExpiresAt: NOW + 2000,
      });
      const rotate = (index: number) =>
        (index % 2 === 0 ? storage : other).families.rotate(family.id, rotation(), NOW + 1);
      assert.equal(await countWinners(50, rotate), 1);
      const rotated = (await storage.families.standing(family.id))?.family;
      assert.deepEqual(rotated?.previousHash, family.refreshHash);
      assert.equal(rotated?.rotationSalt?.length, 16);
      assert.equal(rotated?.generation, 2);
      assert.equal(await storage.families.revoke(family.id, NOW + 2), true);
      assert.equal(await storage.families.revoke(family.id, NOW + 3), false);
      const next = { ...rotation(), from: rotated?.refreshHash ?? bytes(32) };
      assert.equal(await storage.families.rotate(family.id, next, NOW + 3), false);
    });

    test('repeats of a rotation are counted up to their limits, and with the next one anew', async () => {
      const { storage } = place;
      const other = await place.another();
      const { family } = await addConnected(storage);
      const presented = family.refreshHash ?? bytes(32);
      const rotation: Rotation = {
        from: presented,
        scopes: family.scopes,
        to: bytes(32),
        salt: bytes(16),
        marks: { network: bytes(32), agent: bytes(32) },
        accessTokenId: newId().slice(0, 12),
        generation: 2,
        refreshExpiresAt: NOW + 2000,
      };
      const limits = { mostRepeats: 20, mostElsewhere: 7 };
      const repeat = (change: Partial<Repeat> = {}) => {
        const asked = { generation: 2, presented, isElsewhere: true, ...limits, ...change };
        return (index: number) =>
          (index % 2 === 0 ? storage : other).families.countRepeat(family.id, asked);
      };
      assert.equal(await countWinners(5, repeat()), 0);
      assert.equal(await storage.families.rotate(family.id, rotation, NOW + 1), true);
      assert.equal(await countWinners(30, repeat()), 7);
      assert.equal(await countWinners(30, repeat({ isElsewhere: false })), 13);
      const read = async () => (await storage.families.standing(family.id))?.family.rotation;
      const { marks } = rotation;
      assert.deepEqual(await read(), { marks, repeats: 20, repeatsElsewhere: 7 });
      const second = { ...rotation, from: rotation.to, to: bytes(32), generation: 3 };
      assert.equal(await storage.families.rotate(family.id, second, NOW + 2), true);
      assert.deepEqual(await read(), { marks, repeats: 0, repeatsElsewhere: 0 });
      const mine = { generation: 3, presented: rotation.to };
      assert.equal(await countWinners(2, repeat()), 0);
      assert.equal(await countWinners(2, repeat({ ...mine, presented })), 0);
      assert.equal(await countWinners(2, repeat(mine)), 2);
      await storage.families.endRetries([{ familyId: family.id, generation: 3 }]);
      assert.equal(await countWinners(2, repeat(mine)), 0);
    });

    test('a family knows when its user is suspended or leaves', async () => {
      const { storage } = place;
      const { user, family } = await addConnected(storage);
      await storage.users.update(user.id, { suspendedAt: NOW + 4 });
      await storage.accounts.removeMembership(user.accountId, user.id);
      const standing = await storage.families.standing(family.id);
      assert.equal(standing?.userSuspendedAt, NOW + 4);
      assert.equal(standing?.role, null);
    });

    test('access tokens are read back, end once, and old ones of a family are dropped', async () => {
      const { accessTokens } = place.storage;
      const { family, token } = await addConnected(place.storage);
      assert.deepEqual(await accessTokens.byId(token.id), token);
      assert.equal(await countWinners(10, () => accessTokens.revoke(token.id, NOW + 1)), 1);
      const newer = newAccessToken(family, { generation: 2 });
      await accessTokens.insert(newer);
      await accessTokens.dropUpTo(family.id, 1);
      assert.equal(await accessTokens.byId(token.id), null);
      assert.deepEqual(await accessTokens.byId(newer.id), newer);
    });

    test('what has run out is purged, and nothing a second before', async () => {
      const { storage } = place;
      const { code, family, token, grant } = await addConnected(storage);
      const { codes, families, accessTokens } = storage;
      await codes.purge(code.expiresAt);
      assert.notEqual(await codes.standing(code.id), null);
      await codes.purge(code.expiresAt + 1);
      assert.equal(await codes.standing(code.id), null);
      await families.purge(NOW + 1000);
      assert.notEqual(await families.standing(family.id), null);
      const long = newFamily(grant, { refreshExpiresAt: NOW + 9000 });
      await families.insert(long);
      await families.purge(NOW + 1001);
      assert.equal(await families.standing(family.id), null);
      assert.equal(await accessTokens.byId(token.id), null);
      assert.notEqual(await families.standing(long.id), null);
      const last = newAccessToken(long);
      await accessTokens.insert(last);
      await accessTokens.purge(last.expiresAt);
      assert.notEqual(await accessTokens.byId(last.id), null);
      await accessTokens.purge(last.expiresAt + 1);
      assert.equal(await accessTokens.byId(last.id), null);
    });

    test('the checker reads an access token with its app, grant, user and role', async () => {
      const { storage } = place;
      const { user, app, grant, token } = await addConnected(storage);
      const facts = await storage.credentials.find('oat', token.id);
      assert.deepEqual(facts?.app, {
        id: app.id,
        name: app.name,
        ownerId: user.id,
        scopes: app.scopes,
        stoppedAt: null,
        grantId: grant.id,
        familyId: token.familyId,
        secretId: null,
        withdrawnAt: null,
        unconfirmed: null,
      });
      assert.equal(facts?.userId, user.id);
      assert.equal(facts?.role, 'owner');
      assert.equal(await storage.credentials.find('pat', token.id), null);
      await storage.apps.update(app.id, { disabledAt: NOW + 1 }, NOW + 1);
      await storage.grants.revoke(grant.id, NOW + 2);
      const stopped = await storage.credentials.find('oat', token.id);
      assert.equal(stopped?.app?.stoppedAt, NOW + 1);
      assert.equal(stopped?.app?.withdrawnAt, NOW + 2);
    });

    test('a service token has no user and the role of whoever owns the app', async () => {
      const { storage } = place;
      const { user, app, family } = await addConnected(storage, { type: 'service' });
      const own = { familyId: null, userId: null, secretId: 'secret' };
      const token = newAccessToken(family, own);
      const others = newAccessToken(family, { ...own, secretId: 'another' });
      await storage.accessTokens.insert(token);
      await storage.accessTokens.insert(others);
      const facts = await storage.credentials.find('oat', token.id);
      assert.equal(facts?.userId, null);
      assert.equal(facts?.role, 'owner');
      assert.equal(facts?.app?.grantId, null);
      await storage.accounts.removeMembership(user.accountId, user.id);
      assert.equal((await storage.credentials.find('oat', token.id))?.role, null);
      await storage.appGrants.revokeOwnTokens(app.id, 'secret', NOW + 1);
      assert.equal((await storage.accessTokens.byId(token.id))?.revokedAt, NOW + 1);
      assert.equal((await storage.accessTokens.byId(others.id))?.revokedAt, null);
      await storage.appGrants.revokeOwnTokens(app.id, null, NOW + 2);
      assert.equal((await storage.accessTokens.byId(others.id))?.revokedAt, NOW + 2);
    });
  });
};
