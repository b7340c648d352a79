/** Operators who act on each other at the same moment, each through another process, over both databases. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { ENGINES, openDesk, type Desk } from '../oauth/desk.ts';

const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const by = ({ id }: User) =>
  ({ source: 'portal', client: 'web/test', address: null, actorId: id }) as const;

for (const engine of ENGINES) {
  describe(engine, () => {
    let desk: Desk;
    before(async () => {
      desk = await openDesk(engine);
    });
    after(() => desk.close());

    async function operators(count: number): Promise<User[]> {
      const users = await Promise.all(Array.from({ length: count }, () => desk.user()));
      for (const { id: userId } of users)
        await desk.modules.accounts.setOperator({ userId, isOperator: true, origin: cli });
      return users;
    }

    const stillThere = async (users: readonly User[]) => {
      const now = await Promise.all(users.map(({ id }) => desk.modules.storage.users.byId(id)));
      return now.filter((user) => user?.isOperator === true && user.suspendedAt === null);
    };

    const accountsAt = (index: number) => (index % 2 === 0 ? desk.modules : desk.other).accounts;

    const demote = (index: number, actor: User, { id: userId }: User) =>
      accountsAt(index).setOperator({ userId, isOperator: false, origin: by(actor) });
    const suspend = (index: number, actor: User, { id: userId }: User) =>
      accountsAt(index).setSuspended({ userId, isSuspended: true, origin: by(actor) });
    const ACTS = { 'take the rights of each other': demote, 'suspend each other': suspend };

    for (const [name, act] of Object.entries(ACTS)) {
      test(`of two who ${name}, one stays`, async () => {
        for (let round = 0; round < 20; round++) {
          const [ada, bob] = await operators(2);
          assert.ok(ada && bob);
          const outcomes = await Promise.all([act(round, ada, bob), act(round + 1, bob, ada)]);
          assert.deepEqual(outcomes.toSorted(), ['changed', 'not-operator']);
          assert.equal((await stillThere([ada, bob])).length, 1);
        }
      });
    }

    test('of five in a ring who do so, somebody stays', async () => {
      const all = await operators(5);
      await Promise.all(
        all.map((actor, index) => {
          const target = all[(index + 1) % all.length] ?? actor;
          const act = index % 2 === 0 ? demote : suspend;
          return act(index, actor, target);
        }),
      );
      assert.notEqual((await stillThere(all)).length, 0);
    });

    test('nobody becomes an operator who has not proved their address, or is suspended', async () => {
      const { accounts, storage } = desk.modules;
      const [operator] = await operators(1);
      assert.ok(operator);
      for (const [changes, expected] of [
        [{ emailVerifiedAt: null }, 'not-eligible'],
        [{ suspendedAt: 1 }, 'not-eligible'],
        [{ bio: 'as others are' }, 'changed'],
      ] as const) {
        const { id: userId } = await desk.user();
        await storage.users.update(userId, changes);
        for (const origin of [by(operator), cli]) {
          const outcome = await accounts.setOperator({ userId, isOperator: true, origin });
          assert.equal(outcome, expected, JSON.stringify(changes));
        }
        const user = await storage.users.byId(userId);
        assert.equal(user?.isOperator, expected === 'changed');
        // Rights end whatever became of the person.
        await accounts.setOperator({ userId, isOperator: false, origin: cli });
      }
    });

    test('whose rights have ended changes nobody', async () => {
      const [ada, bob] = await operators(2);
      assert.ok(ada && bob);
      const { accounts, storage } = desk.modules;
      await accounts.setOperator({ userId: ada.id, isOperator: false, origin: cli });
      const target = { userId: bob.id, origin: by(ada) };
      const { accountId } = bob;
      const changed = await accounts.changeRole({ ...target, accountId, role: 'viewer' });
      assert.deepEqual(changed, { outcome: 'not-operator' });
      assert.equal(await accounts.setSuspended({ ...target, isSuspended: true }), 'not-operator');
      assert.equal((await storage.accounts.membership(accountId, bob.id))?.role, 'owner');
      assert.equal((await storage.users.byId(bob.id))?.suspendedAt, null);
    });
  });
}
