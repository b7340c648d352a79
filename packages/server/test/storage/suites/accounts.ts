import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newId } from '../../../src/kit/ids.ts';
import { NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson } from '../records.ts';

const ALL = { page: 1, pageSize: 100 };

export const describeAccounts = (open: OpenPlace): void => {
  describe('accounts', () => {
    const place = placeOf(open);
    const join = (
      accountId: string,
      userId: string,
      role: 'admin' | 'member' | 'viewer',
      createdAt = NOW + 1,
    ) => place.storage.accounts.setMembership({ accountId, userId, role, createdAt });

    test('are read back by their members alone', async () => {
      const { storage } = place;
      const ada = await addPerson(storage, { name: 'Ada' });
      const eve = await addPerson(storage);
      const shown = {
        ...ada.account,
        role: 'owner',
        memberCount: 1,
        ownerEmail: ada.user.email,
        ownerName: 'Ada',
      };
      assert.deepEqual(await storage.accounts.ofMember(ada.account.id, ada.user.id), shown);
      assert.deepEqual((await storage.accounts.ofUser(ada.user.id, ALL)).items, [shown]);
      assert.equal(await storage.accounts.ofMember(ada.account.id, eve.user.id), null);
      assert.equal(await storage.accounts.ofMember('nothing', ada.user.id), null);
    });

    test('are made whole or not at all', async () => {
      const { storage } = place;
      const { user, account, team } = await addPerson(storage);
      const second = { ...account, id: newId() };
      const membership = {
        accountId: second.id,
        userId: user.id,
        role: 'owner',
        createdAt: NOW,
      } as const;
      // The team's id is taken.
      await assert.rejects(storage.accounts.insert(second, team, membership));
      assert.equal(await storage.accounts.membership(second.id, user.id), null);
      assert.equal((await storage.accounts.ofUser(user.id, ALL)).total, 1);
    });

    test('of a user come with the own one first, then in the order in which they joined, in pages', async () => {
      const { storage } = place;
      const [later, first] = [await addPerson(storage), await addPerson(storage)];
      const ada = await addPerson(storage);
      await join(later.account.id, ada.user.id, 'viewer', NOW + 2);
      await join(first.account.id, ada.user.id, 'admin');
      const all = await storage.accounts.ofUser(ada.user.id, ALL);
      assert.deepEqual(
        all.items.map(({ id, role, memberCount }) => [id, role, memberCount]),
        [
          [ada.account.id, 'owner', 1],
          [first.account.id, 'admin', 2],
          [later.account.id, 'viewer', 2],
        ],
      );
      const second = await storage.accounts.ofUser(ada.user.id, { page: 2, pageSize: 2 });
      assert.deepEqual([second.total, second.items.map(({ id }) => id)], [3, [later.account.id]]);
    });

    test('remember the role held before it is changed', async () => {
      const { accounts } = place.storage;
      const ada = await addPerson(place.storage);
      const ben = await addPerson(place.storage);
      assert.equal(await join(ada.account.id, ben.user.id, 'viewer'), null);
      assert.equal(await join(ada.account.id, ben.user.id, 'admin'), 'viewer');
      assert.deepEqual(await accounts.membership(ada.account.id, ben.user.id), {
        accountId: ada.account.id,
        userId: ben.user.id,
        role: 'admin',
        createdAt: NOW + 1,
      });
      assert.equal(await accounts.removeMembership(ada.account.id, ben.user.id), true);
      assert.equal(await accounts.removeMembership(ada.account.id, ben.user.id), false);
      assert.equal(await accounts.membership(ada.account.id, ben.user.id), null);
    });

    test('list their members by role', async () => {
      const { storage } = place;
      const owner = await addPerson(storage);
      const roles = ['viewer', 'member', 'admin'] as const;
      for (const role of roles) {
        const { user } = await addPerson(storage, { name: role });
        await join(owner.account.id, user.id, role);
      }
      const { total, items } = await storage.accounts.members(owner.account.id, ALL);
      assert.equal(total, 4);
      assert.deepEqual(
        items.map(({ role }) => role),
        ['owner', 'admin', 'member', 'viewer'],
      );
      assert.deepEqual(items[0], { ...owner.user, role: 'owner' });
      const page = await storage.accounts.members(owner.account.id, { page: 2, pageSize: 3 });
      assert.deepEqual(
        page.items.map(({ role }) => role),
        ['viewer'],
      );
    });

    test('have a team', async () => {
      const { accounts } = place.storage;
      const ada = await addPerson(place.storage);
      const ben = await addPerson(place.storage, { createdAt: NOW + 1 });
      await join(ada.account.id, ben.user.id, 'member');
      assert.deepEqual(await accounts.team(ada.team.id), ada.team);
      assert.equal(await accounts.team('nothing'), null);
      const one = { total: 1, items: [ada.team], next: null, previous: null };
      assert.deepEqual(await accounts.teamsOfAccount(ada.account.id, ALL), one);
    });
  });
};
