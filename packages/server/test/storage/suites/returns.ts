import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { randomBytes } from '../../../src/kit/random.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';

const MOST = 1000;

const newReturn = (expiresAt: number = NOW + 60) => ({
  handleHash: Uint8Array.from(randomBytes(32)),
  path: `/oauth2/auth?state=${'ü%26'.repeat(4000)}`,
  expiresAt,
});

export const describeReturns = (open: OpenPlace): void => {
  describe('returns', () => {
    const place = placeOf(open);

    test('are found by the hash of their handle, to the letter and in their time', async () => {
      const { returns } = place.storage;
      const kept = newReturn();
      await returns.keep(kept, MOST);
      assert.equal(await returns.find(kept.handleHash, NOW + 59), kept.path);
      assert.equal(await returns.find(kept.handleHash, NOW + 60), null);
      assert.equal(await returns.find(randomBytes(32), NOW), null);
      assert.equal(await returns.take(randomBytes(32), NOW), null);
      assert.equal(await returns.take(kept.handleHash, NOW + 60), null);
    });

    test('are taken once, however many callers race', async () => {
      const { returns } = place.storage;
      const other = await place.another();
      const kept = newReturn();
      await returns.keep(kept, MOST);
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? returns : other.returns).take(kept.handleHash, NOW),
        ),
      );
      assert.deepEqual(
        taken.filter((path) => path !== null),
        [kept.path],
      );
      assert.equal(await returns.find(kept.handleHash, NOW), null);
    });

    test('are bounded in number: those that end first make room', async () => {
      const { returns } = place.storage;
      await place.storage.purgeShortLived('returns', NOW + 1000);
      const kept = [4, 1, 5, 3, 2].map((seconds) => newReturn(NOW + seconds));
      for (const one of kept) await returns.keep(one, 3);
      const found = await Promise.all(kept.map(({ handleHash }) => returns.find(handleHash, NOW)));
      assert.deepEqual(
        found.map((path) => path !== null),
        [true, false, true, true, false],
      );
    });

    test('are bounded when many are kept at once, too', async () => {
      const { returns } = place.storage;
      const other = await place.another();
      await place.storage.purgeShortLived('returns', NOW + 1000);
      await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? returns : other.returns).keep(newReturn(NOW + index + 1), 10),
        ),
      );
      await returns.keep(newReturn(NOW + 100), 10);
      assert.equal(await place.storage.purgeShortLived('returns', NOW + 1000), 10);
    });

    test('are purged at their end, and not a second before', async () => {
      const { returns } = place.storage;
      await place.storage.purgeShortLived('returns', NOW + 1000);
      const [over, live] = [newReturn(NOW + 10), newReturn(NOW + 11)];
      for (const one of [over, live]) await returns.keep(one, MOST);
      assert.equal(await place.storage.purgeShortLived('returns', NOW + 10), 1);
      assert.equal(await returns.find(live.handleHash, NOW), live.path);
    });
  });
};
