import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeveloperTokenStore } from '../../../src/developer-tokens/ports.ts';
import type { DeveloperToken } from '../../../src/developer-tokens/types.ts';
import { days } from '../../../src/kit/clock.ts';
import { newId } from '../../../src/kit/ids.ts';
import { countWinners, NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson, addToken, newToken } from '../records.ts';

/** As a run of the job takes them. */
async function takeDue(
  tokens: DeveloperTokenStore,
  { within, now, limit = 100 }: { within: number; now: number; limit?: number },
): Promise<readonly DeveloperToken[]> {
  const ids = await tokens.expiring(within, now, { after: null, limit });
  return ids.length === 0 ? [] : tokens.takeExpiring(within, now, ids);
}

const ALL = { page: 1, pageSize: 100 };

export const describeDeveloperTokens = (open: OpenPlace): void => {
  describe('developer tokens', () => {
    const place = placeOf(open);

    test('are counted as they were made, whatever became of them', async () => {
      const { user } = await addPerson(place.storage);
      const { tokens } = place.storage;
      for (let made = 1; made <= 3; made++) {
        const { id } = await addToken(place.storage, user, { createdAt: NOW + made });
        await tokens.revoke(id, NOW + 9);
      }
      const madeAt = (since: number) =>
        Promise.all(
          [1, 3, 4].map((which) =>
            tokens.madeAt(user.id, { place: which, since, until: NOW + 99 }),
          ),
        );
      assert.deepEqual(await madeAt(NOW), [NOW + 3, NOW + 1, null]);
      assert.deepEqual(await madeAt(NOW + 1), [NOW + 3, null, null]);
      assert.equal(await tokens.madeAt(newId(), { place: 1, since: 0, until: NOW }), null);
    });

    test('that outlive a new longest life end sooner, once, and never within a week', async () => {
      const { tokens } = place.storage;
      const { user } = await addPerson(place.storage);
      const rule = { longestSeconds: days(30), earliestEnd: NOW + days(7) };
      const made = {
        never: await addToken(place.storage, user),
        old: await addToken(place.storage, user, { createdAt: NOW - days(100) }),
        long: await addToken(place.storage, user, { expiresAt: NOW + days(90) }),
        short: await addToken(place.storage, user, { expiresAt: NOW + days(5) }),
        revoked: await addToken(place.storage, user, { revokedAt: NOW - 1 }),
        expired: await addToken(place.storage, user, { expiresAt: NOW - 1 }),
      };
      const ids = new Set<string>(Object.values(made).map(({ id }) => id));
      const outliving = () => tokens.outliving(rule, NOW, { after: null, limit: 1000 });
      const shorten = async () =>
        (await tokens.shortenLives(rule, NOW, await outliving())).filter(({ id }) => ids.has(id));
      assert.equal((await shorten()).length, 3);
      assert.equal((await shorten()).length, 0);
      const endOf = async ({ id }: { id: string }) => (await tokens.byId(id))?.expiresAt;
      assert.equal(await endOf(made.never), NOW + days(30));
      assert.equal(await endOf(made.old), NOW + days(7));
      assert.equal(await endOf(made.long), NOW + days(30));
      assert.equal(await endOf(made.short), NOW + days(5));
      assert.equal(await endOf(made.revoked), null);
    });

    test('are read back as they were written', async () => {
      const { tokens } = place.storage;
      const { user } = await addPerson(place.storage);
      const plain = newToken(user);
      const full = newToken(user, {
        description: 'ünïcode 🦄 "quoted" \\',
        scopes: [],
        expiresAt: NOW + 1,
        disabledAt: NOW + 2,
        revokedAt: NOW + 3,
        exposedAt: NOW + 4,
        replacedById: 'successor',
        replacesId: plain.id,
        madeById: plain.id,
        lastUsedAt: NOW + 5,
        lastUsedAddress: '192.0.2.1',
        lastUsedAgent: 'curl/8',
        expiryNoticeDays: 7,
      });
      for (const token of [plain, full]) {
        assert.equal(await tokens.insert(token), true);
        assert.deepEqual(await tokens.byId(token.id), token);
        assert.deepEqual(await tokens.byCreationKey(user.id, token.creationKey), token);
      }
      assert.equal(await tokens.byId('nothing'), null);
      assert.equal(await tokens.byCreationKey('another user', plain.creationKey), null);
    });

    test('are made once a creation key, however often the form is sent', async () => {
      const { tokens } = place.storage;
      const other = await place.another();
      const [ada, ben] = [await addPerson(place.storage), await addPerson(place.storage)];
      const make = (index: number) =>
        (index % 2 === 0 ? tokens : other.tokens).insert(
          newToken(ada.user, { creationKey: 'form' }),
        );
      assert.equal(await countWinners(50, make), 1);
      assert.equal((await tokens.list({ userId: ada.user.id }, ALL)).total, 1);
      assert.equal(await tokens.insert(newToken(ben.user, { creationKey: 'form' })), true);
    });

    test('are listed newest first, filtered, in pages', async () => {
      const { tokens } = place.storage;
      const { user } = await addPerson(place.storage);
      const old = await addToken(place.storage, user, { createdAt: NOW - 500 });
      const used = await addToken(place.storage, user, {
        createdAt: NOW - 400,
        lastUsedAt: NOW - 10,
      });
      const dead = await addToken(place.storage, user, {
        createdAt: NOW - 300,
        revokedAt: NOW - 1,
      });
      const past = await addToken(place.storage, user, { createdAt: NOW - 200, expiresAt: NOW });
      const ids = async (filter: object) =>
        (await tokens.list({ userId: user.id, ...filter }, ALL)).items.map(({ id }) => id);
      assert.deepEqual(await ids({}), [past.id, dead.id, used.id, old.id]);
      assert.deepEqual(await ids({ liveAt: NOW }), [used.id, old.id]);
      assert.deepEqual(await ids({ liveAt: NOW - 1 }), [past.id, used.id, old.id]);
      assert.deepEqual(await ids({ unusedSince: NOW - 350, liveAt: NOW }), [old.id]);
      assert.equal(await tokens.countLive(user.id, NOW), 2);
      const page = await tokens.list({ userId: user.id }, { page: 2, pageSize: 3 });
      assert.deepEqual([page.total, page.items.map(({ id }) => id)], [4, [old.id]]);
      assert.ok((await tokens.list({}, ALL)).total > 4);
    });

    test('change only while they live', async () => {
      const { tokens } = place.storage;
      const { user } = await addPerson(place.storage);
      const successor = { id: 'successor', expiresAt: NOW + 10 };
      for (const end of [{ revokedAt: NOW }, { exposedAt: NOW }, { expiresAt: NOW }]) {
        const token = await addToken(place.storage, user, { ...end, disabledAt: NOW });
        const change = { from: token.scopes, to: [] };
        assert.equal(await tokens.setScopes(token.id, change, NOW), false);
        assert.equal(await tokens.enable(token.id, NOW), false);
        assert.equal(await tokens.disable(token.id, NOW), false);
        assert.equal(await tokens.replace(token.id, successor, NOW), false);
        assert.equal(await tokens.revoke(token.id, NOW), false);
        assert.equal(await tokens.expose(token.id, NOW), false);
        assert.deepEqual(await tokens.byId(token.id), token);
      }
    });

    test('are switched off and on, and each switch moves once', async () => {
      const { tokens } = place.storage;
      const { user } = await addPerson(place.storage);
      const { id } = await addToken(place.storage, user);
      assert.equal(await tokens.enable(id, NOW), false);
      assert.equal(await countWinners(20, () => tokens.disable(id, NOW + 1)), 1);
      assert.equal((await tokens.byId(id))?.disabledAt, NOW + 1);
      assert.equal(await countWinners(20, () => tokens.enable(id, NOW + 2)), 1);
      const enabled = await tokens.byId(id);
      assert.deepEqual([enabled?.disabledAt, enabled?.updatedAt], [null, NOW + 2]);
      await tokens.setDescription(id, 'renamed', NOW + 3);
      const renamed = await tokens.byId(id);
      assert.deepEqual([renamed?.description, renamed?.updatedAt], ['renamed', NOW + 3]);
    });

    test('are revoked and exposed once', async () => {
      const { tokens } = place.storage;
      const { user } = await addPerson(place.storage);
      const first = await addToken(place.storage, user);
      assert.equal(await countWinners(50, () => tokens.revoke(first.id, NOW + 1)), 1);
      assert.equal((await tokens.byId(first.id))?.revokedAt, NOW + 1);
      const second = await addToken(place.storage, user);
      assert.equal(await countWinners(50, () => tokens.expose(second.id, NOW + 1)), 1);
      assert.equal((await tokens.byId(second.id))?.exposedAt, NOW + 1);
    });

    test('narrow from what the caller saw, so that no narrowing is undone', async () => {
      const { tokens } = place.storage;
      const { user } = await addPerson(place.storage);
      const from = ['a.read', 'b.read', 'c.read'];
      const { id } = await addToken(place.storage, user, { scopes: from });
      const narrow = (index: number) =>
        tokens.setScopes(id, { from, to: [from[index % 3] ?? ''] }, NOW + 1);
      assert.equal(await countWinners(50, narrow), 1);
      const token = await tokens.byId(id);
      assert.equal(token?.scopes.length, 1);
      assert.equal(await tokens.setScopes(id, { from, to: from }, NOW), false);
    });

    test('are replaced once, and their end only ever comes forward', async () => {
      const { tokens } = place.storage;
      const { user } = await addPerson(place.storage);
      const other = await place.another();
      const endless = await addToken(place.storage, user);
      const replace = (index: number) =>
        (index % 2 === 0 ? tokens : other.tokens).replace(
          endless.id,
          { id: `successor ${index}`, expiresAt: NOW + 60 },
          NOW,
        );
      assert.equal(await countWinners(50, replace), 1);
      const replaced = await tokens.byId(endless.id);
      assert.equal(replaced?.expiresAt, NOW + 60);
      assert.match(replaced?.replacedById ?? '', /^successor \d+$/);
      const ends = async (expiresAt: number) => {
        const { id } = await addToken(place.storage, user, { expiresAt });
        await tokens.replace(id, { id: 'next', expiresAt: NOW + 60 }, NOW);
        return (await tokens.byId(id))?.expiresAt;
      };
      assert.equal(await ends(NOW + 30), NOW + 30);
      assert.equal(await ends(NOW + 90), NOW + 60);
    });

    test('take along all that they made, through rotations and tokens that have ended', async () => {
      const { storage } = place;
      const { tokens } = storage;
      const { user } = await addPerson(storage);
      const root = await addToken(storage, user);
      const child = await addToken(storage, user, { madeById: root.id, revokedAt: NOW });
      const grandchild = await addToken(storage, user, { madeById: child.id });
      const rotated = await addToken(storage, user, {
        madeById: 'a person',
        replacesId: grandchild.id,
      });
      const successor = await addToken(storage, user, { replacesId: root.id });
      const stranger = await addToken(storage, user);
      assert.equal((await tokens.lineage(root.id, NOW)).made.length, 2);
      const ended = await tokens.revokeMadeBy(root.id, NOW + 1);
      assert.deepEqual(ended.map(({ id }) => id).sort(), [grandchild.id, rotated.id].sort());
      assert.ok(ended.every(({ revokedAt }) => revokedAt === NOW + 1));
      for (const { id } of [root, successor, stranger]) {
        assert.equal((await tokens.byId(id))?.revokedAt, null);
      }
      assert.equal((await tokens.byId(child.id))?.revokedAt, NOW);
      assert.deepEqual(await tokens.revokeMadeBy(root.id, NOW + 2), []);
    });

    test('take along what the tokens before them made, and leave their own successors alone', async () => {
      const { storage } = place;
      const { tokens } = storage;
      const { user } = await addPerson(storage);
      const first = await addToken(storage, user, { expiresAt: NOW - 1 });
      const second = await addToken(storage, user, { replacesId: first.id, expiresAt: NOW + 9 });
      // One that rotated itself, and what a person rotated that one into.
      const third = await addToken(storage, user, { replacesId: second.id, madeById: second.id });
      const fourth = await addToken(storage, user, { replacesId: third.id, madeById: second.id });
      const child = await addToken(storage, user, { madeById: first.id });
      const rotated = await addToken(storage, user, { replacesId: child.id });
      const own = await addToken(storage, user, { madeById: third.id });
      const later = await addToken(storage, user, { madeById: fourth.id });
      const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).toSorted();
      const lineage = await tokens.lineage(third.id, NOW);
      assert.deepEqual(ids(lineage.made), ids([child, rotated, own]));
      assert.deepEqual(ids(lineage.replaced), [second.id]);
      assert.deepEqual(ids(await tokens.revokeMadeBy(third.id, NOW)), ids([child, rotated, own]));
      assert.deepEqual(ids(await tokens.revokeReplaced(third.id, NOW)), [second.id]);
      for (const { id } of [third, fourth, later])
        assert.equal((await tokens.byId(id))?.revokedAt, null);
      // The token that rotated itself takes along all that came of it.
      const all = await tokens.revokeMadeBy(second.id, NOW);
      assert.deepEqual(ids(all), ids([third, fourth, later]));
    });

    test('about to expire are noticed once a distance, by one of many callers', async () => {
      const { storage } = place;
      const other = await place.another();
      const { user } = await addPerson(storage);
      const end = NOW + days(1000);
      const due = await Promise.all(
        Array.from({ length: 12 }, () => addToken(storage, user, { expiresAt: end })),
      );
      await addToken(storage, user, { expiresAt: end, revokedAt: NOW });
      await addToken(storage, user, { expiresAt: end, replacedById: 'successor' });
      await addToken(storage, user, { expiresAt: end + 1 });
      const now = end - days(7);
      const taken = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          takeDue((index % 2 === 0 ? storage : other).tokens, { within: 7, now, limit: 5 }),
        ),
      );
      assert.ok(taken.every((some) => some.length <= 5));
      const rest = await takeDue(storage.tokens, { within: 7, now });
      assert.deepEqual(
        [...taken.flat(), ...rest].map(({ id }) => id).sort(),
        due.map(({ id }) => id).sort(),
      );
      assert.deepEqual(await takeDue(storage.tokens, { within: 7, now }), []);
      const closer = await takeDue(storage.tokens, { within: 1, now: end - days(1) });
      assert.equal(closer.length, 12);
      assert.ok(closer.every(({ expiryNoticeDays }) => expiryNoticeDays === 1));
      assert.equal((await takeDue(storage.tokens, { within: 7, now })).length, 0);
    });
  });
};

export const describeCredentials = (open: OpenPlace): void => {
  describe('credentials', () => {
    const place = placeOf(open);

    test('come with all that a verdict depends on', async () => {
      const { storage } = place;
      const { user, account } = await addPerson(storage);
      const token = await addToken(storage, user, { expiresAt: NOW + 5, disabledAt: NOW + 1 });
      const { id, secretHash, description, scopes, resources, createdAt, expiresAt } = token;
      const facts = {
        id,
        secretHash,
        description,
        scopes,
        resources,
        createdAt,
        expiresAt,
        disabledAt: NOW + 1,
        revokedAt: null,
        exposedAt: null,
        userId: user.id,
        userSuspendedAt: null,
        accountId: account.id,
        role: 'owner',
        app: null,
      };
      assert.deepEqual(await storage.credentials.find('pat', id), facts);
      await storage.users.update(user.id, { suspendedAt: NOW + 2 });
      await storage.accounts.removeMembership(account.id, user.id);
      assert.deepEqual(await storage.credentials.find('pat', id), {
        ...facts,
        userSuspendedAt: NOW + 2,
        role: null,
      });
      assert.equal(await storage.credentials.find('pat', 'nothing'), null);
    });

    test('asked for all at once are each answered with their own', async () => {
      const { storage } = place;
      const { user } = await addPerson(storage);
      const tokens = await Promise.all(Array.from({ length: 20 }, () => addToken(storage, user)));
      const ids = [...tokens, ...tokens].map(({ id }) => id).concat('nothing');
      const found = await Promise.all(ids.map(async (id) => storage.credentials.find('pat', id)));
      assert.deepEqual(
        found.map((facts) => facts?.id ?? 'nothing'),
        ids,
      );
    });

    test('changed by another process are seen changed at once', async () => {
      const { storage } = place;
      const other = await place.another();
      const { user } = await addPerson(storage);
      const { id } = await addToken(storage, user);
      assert.equal((await storage.credentials.find('pat', id))?.revokedAt, null);
      await other.tokens.revoke(id, NOW);
      assert.equal((await storage.credentials.find('pat', id))?.revokedAt, NOW);
    });
  });
};
