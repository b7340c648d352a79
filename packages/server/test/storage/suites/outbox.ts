import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Notice } from '../../../src/mail/ports.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';

const ALL = { page: 1, pageSize: 100 };
const notice = (to: string): Notice => ({ kind: 'address-in-use', to, name: 'Ädä "A" \\' });

export const describeOutbox = (open: OpenPlace): void => {
  describe('the outbox', () => {
    const place = placeOf(open);
    /** Takes and sends whatever other tests left due, then writes so many messages. */
    const fill = async (count: number): Promise<void> => {
      const { outbox } = place.storage;
      for (const { id } of await outbox.take(NOW + 1e6, NOW, 1000)) await outbox.markSent(id, NOW);
      for (let index = 0; index < count; index++)
        await outbox.enqueue(notice(`${index}@example.com`));
    };

    test('gives back what was put in, oldest first', async () => {
      const { outbox } = place.storage;
      await fill(3);
      assert.deepEqual(await outbox.depth(), { waiting: 3, oldestAt: NOW });
      const taken = await outbox.take(NOW, NOW + 60, 2);
      assert.deepEqual(
        taken.map((entry) => entry.notice),
        [notice('0@example.com'), notice('1@example.com')],
      );
      const [first] = taken;
      assert.ok(first);
      assert.deepEqual(first, {
        id: first.id,
        notice: notice('0@example.com'),
        createdAt: NOW,
        attempts: 0,
        nextAttemptAt: NOW + 60,
        sentAt: null,
        failedAt: null,
        lastError: null,
        unanswered: 0,
        heldSince: null,
      });
      assert.deepEqual(await outbox.byId(first.id), first);
      assert.equal(await outbox.byId('nothing'), null);
    });

    test('leases no entry twice, however many couriers of two processes ask', async () => {
      const { storage } = place;
      const other = await place.another();
      await fill(100);
      const taken = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          (index % 2 === 0 ? storage : other).outbox.take(NOW, NOW + 60, 3),
        ),
      );
      assert.ok(taken.every((some) => some.length <= 3));
      const ids = taken.flat().map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      const rest = await storage.outbox.take(NOW, NOW + 60, 1000);
      assert.equal(new Set([...ids, ...rest.map(({ id }) => id)]).size, 100);
      assert.deepEqual(await storage.outbox.take(NOW + 59, NOW + 120, 1000), []);
    });

    test('leases again what was neither sent nor given up in time', async () => {
      const { outbox } = place.storage;
      await fill(3);
      const [sent, failed, forgotten] = await outbox.take(NOW, NOW + 60, 3);
      assert.ok(sent && failed && forgotten);
      await outbox.markSent(sent.id, NOW + 1);
      await outbox.markFailed(failed.id, {
        error: 'no',
        at: NOW + 1,
        nextAttemptAt: null,
        unanswered: 0,
        isHeld: false,
      });
      const again = await outbox.take(NOW + 60, NOW + 120, 10);
      assert.deepEqual(
        again.map(({ id }) => id),
        [forgotten.id],
      );
    });

    test('counts attempts, and tries a given-up message again when told to', async () => {
      const { outbox } = place.storage;
      await fill(1);
      const [entry] = await outbox.take(NOW, NOW + 60, 1);
      assert.ok(entry);
      const { id } = entry;
      await outbox.markFailed(id, {
        error: 'busy',
        at: NOW + 1,
        nextAttemptAt: NOW + 30,
        unanswered: 0,
        isHeld: false,
      });
      const waiting = { ...entry, attempts: 1, nextAttemptAt: NOW + 30, lastError: 'busy' };
      const { total, items } = await outbox.list('waiting', ALL);
      assert.deepEqual({ total, items }, { total: 1, items: [waiting] });
      assert.deepEqual(await outbox.take(NOW + 29, NOW + 90, 1), []);
      await outbox.markFailed(id, {
        error: 'never',
        at: NOW + 31,
        nextAttemptAt: null,
        unanswered: 0,
        isHeld: false,
      });
      const given = { ...waiting, attempts: 2, failedAt: NOW + 31, lastError: 'never' };
      assert.deepEqual(await outbox.byId(id), given);
      assert.ok((await outbox.list('failed', ALL)).items.some((item) => item.id === id));
      assert.equal((await outbox.list('waiting', ALL)).total, 0);
      assert.equal(await outbox.retry(id, NOW + 40), true);
      assert.equal((await outbox.take(NOW + 40, NOW + 90, 1))[0]?.id, id);
      await outbox.markSent(id, NOW + 41);
      assert.equal(await outbox.retry(id, NOW + 42), false);
      await outbox.markFailed(id, {
        error: 'too late',
        at: NOW + 43,
        nextAttemptAt: null,
        unanswered: 0,
        isHeld: false,
      });
      const sent = await outbox.byId(id);
      assert.deepEqual([sent?.sentAt, sent?.failedAt, sent?.lastError], [NOW + 41, null, null]);
    });

    test('leases anew what is handed over, under its own lease alone, and counts it as unanswered', async () => {
      const { outbox } = place.storage;
      await fill(1);
      const [entry] = await outbox.take(NOW, NOW + 60, 1);
      assert.ok(entry);
      const { id } = entry;
      const later = { leaseUntil: NOW + 60, answerBy: NOW + 900 };
      assert.equal(await outbox.handOver(id, { ...later, leaseUntil: NOW + 59 }), false);
      assert.equal(await outbox.handOver(id, later), true);
      assert.equal(await outbox.handOver(id, later), false);
      const handed = { ...entry, nextAttemptAt: NOW + 900, unanswered: 1 };
      assert.deepEqual(await outbox.byId(id), handed);
      assert.deepEqual(await outbox.take(NOW + 899, NOW + 960, 10), []);
      await outbox.giveBack(id, { at: NOW + 1, unanswered: 0 });
      assert.deepEqual(await outbox.byId(id), { ...entry, nextAttemptAt: NOW + 1 });
      await outbox.markSent(id, NOW + 2);
      await outbox.giveBack(id, { at: NOW + 3, unanswered: 0 });
      assert.equal(await outbox.handOver(id, { leaseUntil: NOW + 1, answerBy: NOW + 9 }), false);
    });

    test('says which messages wait for the server, since when and why', async () => {
      const { outbox } = place.storage;
      await fill(3);
      const [one, two] = await outbox.take(NOW, NOW + 60, 2);
      assert.ok(one && two);
      assert.equal(await outbox.held(), null);
      const failure = { nextAttemptAt: NOW + 90, unanswered: 0, isHeld: true };
      await outbox.markFailed(one.id, { ...failure, error: 'denied', at: NOW + 1 });
      await outbox.markFailed(one.id, { ...failure, error: 'denied', at: NOW + 31 });
      await outbox.markFailed(two.id, { ...failure, error: 'refused', at: NOW + 2 });
      const held = { count: 2, since: NOW + 1, lastError: 'refused' };
      assert.deepEqual(await outbox.held(), held);
      await outbox.markFailed(two.id, { ...failure, error: 'later', at: NOW + 3, isHeld: false });
      assert.deepEqual(await outbox.held(), { ...held, count: 1, lastError: 'denied' });
      await outbox.markSent(one.id, NOW + 4);
      assert.equal(await outbox.held(), null);
    });

    test('is listed newest first, in pages, and forgets what was sent long ago', async () => {
      const { outbox } = place.storage;
      await fill(3);
      const [page] = (await outbox.list('all', { page: 1, pageSize: 1 })).items;
      assert.deepEqual(page?.notice, notice('2@example.com'));
      const [entry] = await outbox.take(NOW, NOW + 60, 1);
      assert.ok(entry);
      await outbox.markSent(entry.id, 1000);
      assert.equal(await outbox.purgeSent(1000), 0);
      assert.equal(await outbox.purgeSent(1001), 1);
      assert.equal(await outbox.byId(entry.id), null);
      assert.equal((await outbox.depth()).waiting, 2);
    });
  });
};
