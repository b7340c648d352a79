import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { placeOf, type OpenPlace } from '../places.ts';
import { addPerson, newEvent, newUser } from '../records.ts';

const ALL = { page: 1, pageSize: 100 };

export const describeEvents = (open: OpenPlace): void => {
  describe('events', () => {
    const place = placeOf(open);

    test('are read back as they were written', async () => {
      const { events } = place.storage;
      const full = newEvent({ actorId: 'actor', address: '2001:db8::1' });
      const bare = newEvent({
        userId: null,
        accountId: 'bare',
        resourceId: null,
        resourceType: null,
      });
      for (const event of [full, bare]) {
        await events.append(event);
        const { accountId } = event;
        assert.ok(accountId !== null);
        const { total, items } = await events.list({ accountId }, ALL);
        assert.deepEqual({ total, items }, { total: 1, items: [event] });
      }
    });

    test('of nobody are appended nowhere', async () => {
      const { events } = place.storage;
      const { user } = await addPerson(place.storage);
      for (const [userId, isThere] of [
        [user.id, true],
        [newUser().id, false],
      ] as const) {
        const event = { ...newEvent(), userId };
        assert.equal(await events.appendOfUser(event), isThere);
        const expected = isThere ? [event] : [];
        assert.deepEqual((await events.list({ userId }, ALL)).items, expected);
      }
    });

    test('are listed newest first, by whom, where and what, in pages', async () => {
      const { events } = place.storage;
      const about = { userId: 'user', accountId: 'account', resourceId: 'resource' };
      const written = [newEvent(about), newEvent(about), newEvent(about)];
      for (const event of written) await events.append(event);
      await events.append(newEvent({ ...about, userId: 'another' }));
      const newest = written.map(({ id }) => id).toReversed();
      const ids = async (filter: object, page = ALL) =>
        (await events.list(filter, page)).items.map(({ id }) => id);
      assert.deepEqual(await ids({ userId: 'user' }), newest);
      assert.deepEqual(await ids(about), newest);
      assert.equal((await events.list({ accountId: 'account' }, ALL)).total, 4);
      assert.equal((await events.list({ resourceId: 'resource' }, ALL)).total, 4);
      assert.deepEqual(await ids({ userId: 'user' }, { page: 2, pageSize: 2 }), newest.slice(2));
      assert.deepEqual(await ids({ userId: 'user' }, { page: 3, pageSize: 2 }), []);
      assert.ok((await events.list({}, ALL)).total >= 4);
    });

    test('are never written twice', async () => {
      const { events } = place.storage;
      const event = newEvent();
      await events.append(event);
      await assert.rejects(events.append(event));
    });
  });
};
