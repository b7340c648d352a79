import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClosedInteraction } from '../../../src/oauth/vocabulary.ts';
import { randomBytes } from '../../../src/kit/random.ts';
import { newApp, newCode, newGrant } from '../oauth-records.ts';
import { countWinners, NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson } from '../records.ts';

const closedNow = (changes: Partial<ClosedInteraction> = {}): ClosedInteraction => ({
  idHash: Uint8Array.from(randomBytes(32)),
  outcome: 'allow',
  codeId: 'some-code-id',
  closedAt: NOW,
  expiresAt: NOW + 60,
  ...changes,
});

export const describeInteractions = (open: OpenPlace): void => {
  describe('interactions', () => {
    const place = placeOf(open);

    test('are closed once, however many callers race', async () => {
      const { interactions } = place.storage;
      const other = await place.another();
      const closed = closedNow();
      const winners = await countWinners(20, (index) =>
        (index % 2 === 0 ? interactions : other.interactions).close({
          ...closed,
          codeId: String(index),
        }),
      );
      assert.equal(winners, 1);
      const found = await interactions.find(closed.idHash, NOW);
      assert.deepEqual({ ...found, codeId: closed.codeId }, closed);
    });

    test('are found until their end, and can be closed anew after it, purged or not', async () => {
      const { interactions } = place.storage;
      const closed = closedNow({ outcome: 'deny', codeId: null });
      assert.equal(await interactions.close(closed), true);
      assert.deepEqual(await interactions.find(closed.idHash, NOW + 59), closed);
      assert.equal(await interactions.find(closed.idHash, NOW + 60), null);
      const early = { ...closed, outcome: 'allow', closedAt: NOW + 59 } as const;
      assert.equal(await interactions.close(early), false);
      const late = { ...closed, outcome: 'used', closedAt: NOW + 60, expiresAt: NOW + 90 } as const;
      assert.equal(await interactions.close(late), true);
      assert.deepEqual(await interactions.find(closed.idHash, NOW + 60), late);
    });

    test('take another code, and leave others alone', async () => {
      const { interactions } = place.storage;
      const [one, other] = [closedNow(), closedNow()];
      await interactions.close(one);
      await interactions.close(other);
      await interactions.setCode(one.idHash, 'another');
      assert.equal((await interactions.find(one.idHash, NOW))?.codeId, 'another');
      assert.deepEqual(await interactions.find(other.idHash, NOW), other);
    });

    test('are purged at their end, and not a second before', async () => {
      const { interactions } = place.storage;
      await place.storage.purgeShortLived('interactions', NOW + 1000);
      const [over, live] = [closedNow({ expiresAt: NOW + 10 }), closedNow({ expiresAt: NOW + 11 })];
      for (const one of [over, live]) await interactions.close(one);
      assert.equal(await place.storage.purgeShortLived('interactions', NOW + 10), 1);
      assert.deepEqual(await interactions.find(live.idHash, NOW), live);
    });
  });

  describe('codes that are withdrawn', () => {
    const place = placeOf(open);

    test('are gone for exactly one caller, and never when they were redeemed', async () => {
      const { codes, apps, grants } = place.storage;
      const { user } = await addPerson(place.storage);
      const app = newApp(user);
      await apps.insert(app);
      const grant = newGrant(user, app);
      await grants.insert(grant);
      const [unused, redeemed] = [newCode(grant), newCode(grant)];
      for (const code of [unused, redeemed]) await codes.insert(code);
      assert.equal(await codes.burn(redeemed.id, NOW), true);
      assert.equal(await codes.withdraw(redeemed.id), null);
      const taken: unknown[] = [];
      const winners = await countWinners(10, async () => {
        const code = await codes.withdraw(unused.id);
        if (code !== null) taken.push(code);
        return code !== null;
      });
      assert.equal(winners, 1);
      assert.deepEqual(taken, [unused]);
      assert.equal(await codes.burn(unused.id, NOW), false);
    });
  });
};
