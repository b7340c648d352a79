import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { countWinners, NOW, placeOf, type OpenPlace } from '../places.ts';
import { addPerson, newToken, newUser } from '../records.ts';

const ALL = { page: 1, pageSize: 100 };

export const describeUsers = (open: OpenPlace): void => {
  describe('users', () => {
    const place = placeOf(open);
    const names = async (search: string) =>
      (await place.storage.users.list(search, ALL)).items.map(({ name }) => name).sort();

    test('are read back as they were written', async () => {
      const { users } = place.storage;
      const user = newUser({ bio: 'Zeile eins\nZeile zwei', location: '', isOperator: true });
      assert.equal(await users.insert(user), true);
      assert.deepEqual(await users.byId(user.id), user);
      assert.deepEqual(await users.byEmail(user.email), user);
      assert.equal(await users.byId('nobody'), null);
      assert.equal(await users.byEmail('nobody@example.com'), null);
    });

    test('have an address once, however many ask for it at the same time', async () => {
      const { users } = place.storage;
      const email = 'wanted@example.com';
      assert.equal(await countWinners(50, () => users.insert(newUser({ email }))), 1);
      assert.equal(await users.insert(newUser({ email })), false);
    });

    test('change in what is named and in nothing else', async () => {
      const { users } = place.storage;
      const user = newUser({ location: 'Here' });
      const other = newUser();
      await users.insert(user);
      await users.insert(other);
      const changes = { name: 'Émile', isOperator: true, suspendedAt: NOW + 5, location: null };
      await users.update(user.id, changes);
      assert.deepEqual(await users.byId(user.id), { ...user, ...changes });
      await users.update(user.id, { isOperator: false });
      assert.deepEqual(await users.byId(user.id), { ...user, ...changes, isOperator: false });
      assert.deepEqual(await users.byId(other.id), other);
    });

    test('are found by part of name or address, whatever its case, in any script', async () => {
      const { storage } = place;
      await addPerson(storage, { name: 'Jürgen GRÖßER', email: 'jg@search.example' });
      await addPerson(storage, { name: 'ΣΟΦΙΑ', email: 'sofia@search.example' });
      await addPerson(storage, { name: 'A\u030Angstro\u0308m', email: 'a@search.example' });
      for (const search of ['jürgen', 'JÜRGEN', 'größer', 'JG@SEARCH']) {
        assert.deepEqual(await names(search), ['Jürgen GRÖßER'], search);
      }
      assert.deepEqual(await names('σοφ'), ['ΣΟΦΙΑ']);
      assert.deepEqual(await names('\u00E5ngstr'), ['A\u030Angstro\u0308m']);
      assert.deepEqual(await names('A\u030ANGSTR'), ['A\u030Angstro\u0308m']);
      await place.storage.users.update(
        (await storage.users.byEmail('sofia@search.example'))?.id ?? '',
        { name: 'Renamed' },
      );
      assert.deepEqual(await names('σοφ'), []);
      assert.deepEqual(await names('rENAMED'), ['Renamed']);
    });

    test('are searched for %, _ and \\ as for any other character', async () => {
      for (const name of [
        '100% sure',
        '100x sure',
        'snake_case',
        'snakeXcase',
        'back\\slash',
        "O'Brien",
      ]) {
        await addPerson(place.storage, { name });
      }
      assert.deepEqual(await names('100%'), ['100% sure']);
      assert.deepEqual(await names('snake_c'), ['snake_case']);
      assert.deepEqual(await names('\\'), ['back\\slash']);
      assert.deepEqual(await names("o'b"), ["O'Brien"]);
      assert.deepEqual(await names('\\%'), []);
    });

    test('are listed newest first, page by page, with the role in their own account', async () => {
      const { storage } = place;
      const { users, accounts } = storage;
      for (let age = 0; age < 5; age++) {
        await addPerson(storage, { name: `paged ${age}`, createdAt: NOW - age });
      }
      const pages = await Promise.all(
        [1, 2, 3, 4].map((page) => users.list('paged', { page, pageSize: 2 })),
      );
      assert.deepEqual(
        pages.map(({ items }) => items.map(({ name }) => name)),
        [['paged 0', 'paged 1'], ['paged 2', 'paged 3'], ['paged 4'], []],
      );
      // How many are found is known once all were looked through.
      assert.deepEqual(
        pages.map(({ total, next }) => [total, next !== null]),
        [
          [3, true],
          [5, true],
          [5, false],
          [6, false],
        ],
      );
      const [first] = pages[0]?.items ?? [];
      assert.ok(first);
      assert.equal(first.role, 'owner');
      const { role: _role, ...rest } = first;
      assert.deepEqual(rest, await users.byId(first.id));
      await accounts.removeMembership(first.accountId, first.id);
      assert.equal((await users.list('paged 0', ALL)).items[0]?.role, null);
    });

    test('take an address that is free, once, and go on when it is not', async () => {
      const { storage } = place;
      const other = await place.another();
      const people = await Promise.all(Array.from({ length: 12 }, () => addPerson(storage)));
      const email = `wanted-${people[0]?.user.email}`;
      const won = await countWinners(people.length, async (index) => {
        const { user } = people[index] ?? {};
        assert.ok(user);
        return (index % 2 === 0 ? storage : other).transaction(async ({ users }) => {
          await users.update(user.id, { bio: 'before' });
          const isTaken = await users.changeEmail(user.id, { email, emailVerifiedAt: NOW });
          await users.update(user.id, { location: 'after' });
          return isTaken;
        });
      });
      assert.equal(won, 1);
      const now = await Promise.all(people.map(({ user }) => storage.users.byId(user.id)));
      for (const user of now) {
        assert.deepEqual([user?.bio, user?.location], ['before', 'after']);
      }
      assert.equal(now.filter((user) => user?.email === email).length, 1);
    });

    test('claim the installation once', async () => {
      const { users } = place.storage;
      assert.equal(await countWinners(50, (index) => users.claimInstallation(`u${index}`, NOW)), 1);
      assert.equal(await users.claimInstallation('late', NOW), false);
    });

    test('held by lock make "count, then insert" exact', async () => {
      const { storage } = place;
      const { user } = await addPerson(storage);
      const other = await place.another();
      const most = 5;
      const made = await countWinners(40, (index) =>
        (index % 2 === 0 ? storage : other).transaction(async ({ users, tokens }) => {
          await users.lock(user.id);
          if ((await tokens.countLive(user.id, NOW)) >= most) return false;
          return tokens.insert(newToken(user));
        }),
      );
      assert.equal(made, most);
      assert.equal(await storage.tokens.countLive(user.id, NOW), most);
    });
  });
};
