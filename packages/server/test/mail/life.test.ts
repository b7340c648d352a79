/** Mail that waited too long is dropped, not sent as if it were new [98]. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCourier, type DeliveryResult } from '../../src/mail/courier.ts';
import type { Notice } from '../../src/mail/ports.ts';
import { DeliveryFailure } from '../../src/mail/transport.ts';
import { ENGINES, NOW, openPlace, placeOf } from '../storage/places.ts';
import { addPerson, newProof } from '../storage/records.ts';

const ALL = { page: 1, pageSize: 200 };
const DAY = 86_400;
const news = (to: string): Notice => ({ kind: 'address-in-use', to, name: 'Ada' });

for (const engine of ENGINES) {
  describe(`the life of mail on ${engine}`, () => {
    const place = placeOf(() => openPlace(engine));

    function setting(deliver: () => Promise<void> = async () => undefined) {
      const { storage, time } = place;
      const sent: string[] = [];
      const results: DeliveryResult[] = [];
      const courier = createCourier({
        queue: storage.outbox,
        transport: {
          domain: 'example.com',
          talkSeconds: 90,
          answerSeconds: 600,
          async deliver({ to }) {
            await deliver();
            sent.push(to);
          },
          close: () => undefined,
        },
        render: () => ({ subject: 's', text: 't', html: 'h' }),
        isLive: async ({ id, purpose }) =>
          (await storage.proofs.live(id, purpose, time.now)) !== null,
        clock: () => time.now,
        onResult: (result) => results.push(result),
      });
      return { storage, time, sent, results, courier };
    }

    test('ends after three days: 96 messages of two months ago are dropped on the day there is a server', async () => {
      const { storage, time, sent, results, courier } = setting();
      for (let count = 0; count < 96; count++)
        await storage.outbox.enqueue(news(`${count}@example.com`));
      time.now = NOW + 60 * DAY;
      await storage.outbox.enqueue(news('new@example.com'));
      assert.equal(await courier.deliverDue(), 1);
      assert.deepEqual(sent, ['new@example.com']);
      assert.equal(results.filter(({ outcome }) => outcome === 'too-old').length, 96);
      const { items, total } = await storage.outbox.list('failed', ALL);
      assert.equal(total, 96);
      assert.ok(items.every(({ lastError }) => lastError === 'Not sent: it waited too long.'));
      assert.equal((await storage.outbox.depth()).waiting, 0);
      time.now = NOW;
    });

    test('is that of its link, which may have ended before', async () => {
      const { storage, time, sent, results, courier } = setting();
      const { user } = await addPerson(storage);
      const send = async (to: string, proofId: string) =>
        storage.outbox.enqueue({ kind: 'reset-password', to, name: 'Ada', proofId });
      const [late, used, live] = [1, 2, 3].map(() => newProof(user, { purpose: 'reset-password' }));
      assert.ok(late && used && live);
      await storage.proofs.insert({ ...late, expiresAt: NOW + 60 });
      await storage.proofs.insert({ ...used, expiresAt: NOW + DAY });
      await storage.proofs.insert({ ...live, expiresAt: NOW + DAY });
      await storage.proofs.redeem(used.id, 'reset-password', NOW);
      await send('late@example.com', late.id);
      await send('used@example.com', used.id);
      await send('live@example.com', live.id);
      await send('gone@example.com', '00000000-0000-7000-8000-000000000000');
      time.now = NOW + 61;
      assert.equal(await courier.deliverDue(), 1);
      assert.deepEqual(sent, ['live@example.com']);
      assert.equal(results.filter(({ outcome }) => outcome === 'too-old').length, 3);
      time.now = NOW;
    });

    test('does not end for a server that was away for less', async () => {
      let isAway = true;
      const { storage, time, sent, courier } = setting(async () => {
        if (isAway) throw new DeliveryFailure('connect ECONNREFUSED', 'relay');
      });
      await storage.outbox.enqueue(news('patient@example.com'));
      for (const passed of [0, 30, 1000, 10_000, 2 * DAY]) {
        time.now = NOW + passed;
        assert.equal(await courier.deliverDue(), 0);
      }
      const held = await storage.outbox.held();
      assert.deepEqual([held?.count, held?.since], [1, NOW]);
      isAway = false;
      time.now = NOW + 2 * DAY + 3600;
      assert.equal(await courier.deliverDue(), 1);
      assert.deepEqual(sent, ['patient@example.com']);
      assert.equal(await storage.outbox.held(), null);
      time.now = NOW;
    });
  });
}
