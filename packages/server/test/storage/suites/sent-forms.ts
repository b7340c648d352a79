import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newId } from '../../../src/kit/ids.ts';
import { countWinners, NOW, placeOf, type OpenPlace } from '../places.ts';

export const describeSentForms = (open: OpenPlace): void => {
  describe('kept forms that were sent', () => {
    const place = placeOf(open);

    test('are claimed once, however many callers race, and once more when released', async () => {
      const { sentForms } = place.storage;
      const other = await place.another();
      const id = newId();
      let turn = 0;
      const claim = () => ((turn += 1) % 2 === 0 ? sentForms : other.sentForms).claim(id, NOW + 60);
      assert.equal(await countWinners(20, claim), 1);
      await sentForms.release(id);
      assert.equal(await countWinners(20, claim), 1);
    });

    test('are purged at their end, and not a second before', async () => {
      const { sentForms } = place.storage;
      await place.storage.purgeShortLived('sent_forms', NOW + 1000);
      const [over, live] = [newId(), newId()];
      await sentForms.claim(over, NOW + 10);
      await sentForms.claim(live, NOW + 11);
      assert.equal(await place.storage.purgeShortLived('sent_forms', NOW + 10), 1);
      assert.equal(await sentForms.claim(live, NOW + 60), false);
    });
  });
};
