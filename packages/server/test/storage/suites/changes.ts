import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, test } from 'node:test';
import type { AccessChange } from '../../../src/changes/changes.ts';
import type { DeveloperToken } from '../../../src/developer-tokens/types.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { randomOf, SEED, toldSeed } from '../../support/chance.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson, newToken } from '../records.ts';

const MOST = 1000;

const factOf = ({ id, userId, accountId }: DeveloperToken) => ({
  kind: 'developer_token',
  tokenId: id,
  userId,
  accountId,
});

async function addTokens(storage: Storage, count: number): Promise<readonly DeveloperToken[]> {
  const { user } = await addPerson(storage);
  const tokens = Array.from({ length: count }, () => newToken(user));
  for (const token of tokens) await storage.tokens.insert(token);
  return tokens;
}

export const describeChanges = (open: OpenPlace): void => {
  describe('changes of access', () => {
    const place = placeOf(open);
    const since = async (position: number): Promise<readonly AccessChange[]> =>
      (await place.storage.changes.after(position, MOST)).changes;

    test('are counted in the order in which they were made', async () => {
      const { changes, tokens } = place.storage;
      const [one, two] = await addTokens(place.storage, 2);
      assert.ok(one && two);
      const start = await changes.newest();
      assert.equal(await tokens.revoke(two.id, NOW), true);
      assert.equal(await tokens.disable(one.id, NOW), true);
      place.time.now = NOW + 5;
      await place.storage.transaction(async (stores) => {
        await stores.tokens.enable(one.id, NOW);
        await stores.tokens.revoke(one.id, NOW);
      });
      place.time.now = NOW;
      assert.equal(await changes.newest(), start + 3);
      assert.deepEqual(await since(start), [
        { ...factOf(two), position: start + 1, at: NOW },
        { ...factOf(one), position: start + 2, at: NOW },
        // Twice in one transaction is once.
        { ...factOf(one), position: start + 3, at: NOW + 5 },
      ]);
    });

    test('are none where nothing was changed, and none of what was rolled back', async () => {
      const { changes, tokens } = place.storage;
      const [token] = await addTokens(place.storage, 1);
      assert.ok(token);
      const start = await changes.newest();
      assert.equal(await tokens.enable(token.id, NOW), false);
      await assert.rejects(
        place.storage.transaction(async (stores) => {
          await stores.tokens.revoke(token.id, NOW);
          throw new Error('broken');
        }),
        /broken/,
      );
      assert.equal(await changes.newest(), start);
      await tokens.revoke(token.id, NOW);
      assert.deepEqual(await since(start), [{ ...factOf(token), position: start + 1, at: NOW }]);
    });

    test(`reach a reader one after the other without a gap, whoever writes at the same time, ${toldSeed}`, async () => {
      const { storage } = place;
      const random = randomOf(SEED);
      const writers = [storage, await place.another(), await place.another()];
      const all = await addTokens(storage, 120);
      const start = await storage.changes.newest();
      const kept = new Set<string>();
      const seen: AccessChange[] = [];
      let isOver = false;
      const reading = (async () => {
        for (let last = start, isLast = false; ; isLast = isOver) {
          const { changes: page } = await storage.changes.after(last, 7);
          for (const change of page) assert.equal(change.position, (last += 1), 'a gap');
          seen.push(...page);
          if (page.length === 0 && isLast) return;
          await nextTurn();
        }
      })();
      await Promise.all(
        all.map(async (token, index) => {
          const writer = writers[index % writers.length] ?? storage;
          const isBroken = random() < 0.3;
          const work = writer.transaction(async (stores) => {
            await stores.tokens.revoke(token.id, NOW);
            if (isBroken) throw new Error('broken');
          });
          if (isBroken) return assert.rejects(work, /broken/);
          await work;
          kept.add(token.id);
        }),
      );
      isOver = true;
      await reading;
      const ids = seen.map((change) => ('tokenId' in change ? change.tokenId : change.kind));
      assert.deepEqual(ids.toSorted(), [...kept].toSorted());
      assert.ok(kept.size > 40 && kept.size < all.length);
    });

    test('go when they are old, and their positions are not given again', async () => {
      const { changes, tokens } = place.storage;
      const some = await addTokens(place.storage, 3);
      for (const { id } of some) await tokens.revoke(id, NOW);
      const newest = await changes.newest();
      await changes.purge(NOW);
      assert.equal((await since(newest - 3)).length, 3);
      assert.ok((await changes.purge(NOW + 6)) >= 3);
      assert.deepEqual(await changes.after(0, MOST), { newest, changes: [] });
      const [token] = await addTokens(place.storage, 1);
      await tokens.revoke(token?.id ?? '', NOW);
      const left = await changes.after(newest - 1, MOST);
      assert.equal(left.newest, newest + 1);
      assert.deepEqual(
        left.changes.map(({ position }) => position),
        [newest + 1],
      );
    });
  });
};
