import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { placeOf, type OpenPlace } from '../places.ts';
import { addPerson, newEvent, newToken, newUser } from '../records.ts';

const ALL = { page: 1, pageSize: 100 };

export const describeTransactions = (open: OpenPlace): void => {
  describe('a transaction', () => {
    const place = placeOf(open);
    const broken = new Error('broken');

    test('keeps all that it wrote, and answers what its work answers', async () => {
      const { storage } = place;
      const user = newUser();
      const answer = await storage.transaction(async ({ users, events }) => {
        await users.insert(user);
        await events.append(newEvent({ userId: user.id }));
        return 'done';
      });
      assert.equal(answer, 'done');
      assert.notEqual(await storage.users.byId(user.id), null);
      assert.equal((await storage.events.list({ userId: user.id }, ALL)).total, 1);
    });

    test('keeps nothing when its work throws in the middle', async () => {
      const { storage } = place;
      const user = newUser();
      const before = await storage.outbox.depth();
      await assert.rejects(
        storage.transaction(async ({ users, events, outbox }) => {
          await users.insert(user);
          await events.append(newEvent({ userId: user.id }));
          await outbox.enqueue({ kind: 'no-such-account', to: user.email });
          throw broken;
        }),
        broken,
      );
      assert.equal(await storage.users.byId(user.id), null);
      assert.equal((await storage.events.list({ userId: user.id }, ALL)).total, 0);
      assert.deepEqual(await storage.outbox.depth(), before);
    });

    test('keeps nothing when the database refuses one of its writes', async () => {
      const { storage } = place;
      const user = newUser();
      const event = newEvent();
      await storage.events.append(event);
      await assert.rejects(
        storage.transaction(async ({ users, events }) => {
          await users.insert(user);
          await events.append(event);
        }),
      );
      assert.equal(await storage.users.byId(user.id), null);
    });

    test('is kept whatever becomes of others at the same time', async () => {
      const { storage } = place;
      const people = Array.from({ length: 40 }, () => newUser());
      const results = await Promise.allSettled(
        people.map((user, index) =>
          storage.transaction(async ({ users }) => {
            await users.insert(user);
            if (index % 2 === 1) throw broken;
          }),
        ),
      );
      for (const [index, user] of people.entries()) {
        const isKept = index % 2 === 0;
        assert.equal(results[index]?.status, isKept ? 'fulfilled' : 'rejected');
        assert.equal((await storage.users.byId(user.id)) !== null, isKept, String(index));
      }
    });

    test('sees its own writes, which nobody else sees before the end', async () => {
      const { storage } = place;
      const other = await place.another();
      const user = newUser();
      let hasWritten = (): void => undefined;
      const written = new Promise<void>((resolve) => {
        hasWritten = resolve;
      });
      let isLookedAt = (): void => undefined;
      const lookedAt = new Promise<void>((resolve) => {
        isLookedAt = resolve;
      });
      const under = storage.transaction(async ({ users }) => {
        await users.insert(user);
        assert.deepEqual(await users.byId(user.id), user);
        hasWritten();
        await lookedAt;
      });
      await written;
      assert.equal(await storage.users.byId(user.id), null);
      assert.equal(await other.users.byEmail(user.email), null);
      isLookedAt();
      await under;
      assert.deepEqual(await other.users.byId(user.id), user);
    });

    test('reads what it needs through the stores it is given', async () => {
      const { storage } = place;
      const { user } = await addPerson(storage);
      const token = newToken(user);
      await storage.transaction(async ({ tokens, usage, accounts, events }) => {
        await tokens.insert(token);
        const day = { tokenId: token.id, day: 1, outcome: 'allowed', count: 1 };
        await usage.record({ lastUsed: [], uses: [day], addresses: [] });
        assert.deepEqual(await usage.uses(token.id, 0), [day]);
        assert.equal(await tokens.countLive(user.id, 1), 1);
        assert.equal((await accounts.ofUser(user.id, ALL)).total, 1);
        assert.equal((await events.list({ userId: user.id }, ALL)).total, 0);
      });
    });
  });
};
