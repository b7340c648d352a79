/** Changes of address that meet each other, or the end of a person, between two statements. Both databases. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Identity } from '../../src/identity/identity.ts';
import type { AccountStores } from '../../src/identity/ports.ts';
import type { User } from '../../src/identity/types.ts';
import type { Modules } from '../../src/compose/modules.ts';
import { ENGINES } from '../storage/places.ts';
import {
  accountsOver,
  type AccountStage,
  browser,
  cli,
  openAccounts,
  originOf,
  PASSWORD,
} from './stage.ts';

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: AccountStage;
    let modules: Modules;
    let other: Modules;
    let count = 0;
    before(async () => {
      stage = await openAccounts({ engine });
      ({ modules } = stage);
      other = await stage.other();
    });
    after(() => stage.stop());

    const address = (): string => `race-${++count}@example.com`;

    /** The first answer of a store is that of a moment before; the second is that of the database. */
    function onceWrong(name: 'isHeld' | 'liveOfBrowser', wrong: unknown): Identity {
      const seen = { count: 0 };
      return accountsOver(stage, (stores: AccountStores): AccountStores => ({
        ...stores,
        proofs: {
          ...stores.proofs,
          [name]: async (...given: never[]) => {
            seen.count += 1;
            const right = await Reflect.apply(stores.proofs[name], stores.proofs, given);
            return seen.count === 1 ? wrong : right;
          },
        },
      }));
    }

    async function heldAddress(): Promise<string> {
      const old = address();
      await stage.changeEmail(await stage.person(old), address());
      return old;
    }

    test('an address that was given up between the question and the change is not taken', async () => {
      const held = await heldAddress();
      const ben = await stage.person(address());
      const assigning = onceWrong('isHeld', false).assignEmail({
        user: ben,
        email: held,
        isVerified: true,
        origin: cli,
      });
      await assert.rejects(assigning, { name: 'Error', isTemporary: true });
      assert.equal((await stage.reread(ben)).email, ben.email, 'the change was taken back');
      assert.equal(await modules.storage.users.byEmail(held), null);
    });

    test('nor by a link to it, by a correction or by a sign-up', async () => {
      const ben = await stage.person(address());
      const wanted = address();
      const asked = { user: ben, email: wanted, origin: originOf(ben) };
      await modules.accounts.requestEmailChange(asked, browser());
      const proof = await stage.proofFor(wanted, 'change-email');
      const ada = await stage.person(address());
      await modules.accounts.assignEmail({
        user: ada,
        email: wanted,
        isVerified: true,
        origin: cli,
      });
      await stage.changeEmail(await stage.reread(ada), address());
      const link = { proof, signedInUserId: ben.id, password: null };
      await assert.rejects(onceWrong('isHeld', false).confirmEmailChange(link, browser()), {
        isTemporary: true,
      });
      assert.equal((await stage.reread(ben)).email, ben.email);
      const { browserToken } = await stage.unproved(address());
      const correction = { email: wanted, browserToken };
      await assert.rejects(onceWrong('isHeld', false).correctEmail(correction, browser()), {
        isTemporary: true,
      });
      const form = { name: 'Eve', email: wanted, password: PASSWORD };
      const signUp = onceWrong('isHeld', false).signUp(form, browser());
      await signUp.then(
        ({ outcome }) => assert.equal(outcome, 'sent'),
        (error: unknown) => assert.partialDeepStrictEqual(error, { isTemporary: true }),
      );
      assert.equal(await modules.storage.users.byEmail(wanted), null);
    });

    const ENDED: Readonly<Record<string, (user: User, browserToken: string) => Promise<unknown>>> =
      {
        used: async (user, browserToken) => {
          const proof = await stage.proofFor(user.email, 'verify-email');
          const link = { proof, browserToken, signedInUserId: null, password: PASSWORD };
          return modules.accounts.verifyEmail(link, browser());
        },
        'ended by another address': (user) =>
          modules.accounts.assignEmail({ user, email: address(), isVerified: false, origin: cli }),
      };

    for (const [how, end] of Object.entries(ENDED)) {
      test(`a sign-up is not corrected whose link was ${how} while the lock was waited for`, async () => {
        const wrong = address();
        const { browserToken } = await stage.unproved(wrong);
        const user = await modules.storage.users.byEmail(wrong);
        assert.ok(user !== null);
        await end(user, browserToken);
        const before = await stage.reread(user);
        const email = address();
        const accounts = onceWrong('liveOfBrowser', { id: 'x', userId: user.id });
        assert.deepEqual(await accounts.correctEmail({ email, browserToken }, browser()), {
          outcome: 'sent',
          email,
        });
        assert.deepEqual(await stage.reread(user), before);
        assert.equal((await stage.mailTo(email))[0]?.kind, 'sign-up-again');
      });
    }

    test('two people who swap addresses at once are both answered', async () => {
      for (let round = 0; round < 10; round++) {
        const [ada, ben] = [await stage.person(address()), await stage.person(address())];
        const swap = (accounts: Identity, user: User, email: string) =>
          accounts.assignEmail({ user, email, isVerified: true, origin: cli });
        const outcomes = await Promise.all([
          swap(modules.accounts, ada, ben.email),
          swap(other.accounts, ben, ada.email),
        ]);
        for (const { outcome } of outcomes)
          assert.ok(['changed', 'invalid', 'taken'].includes(outcome), outcome);
        const emails = [(await stage.reread(ada)).email, (await stage.reread(ben)).email];
        assert.notEqual(emails[0], emails[1]);
      }
    });

    test('an erasure ends a link that takes the address back, and frees the address', async () => {
      const old = address();
      const user = await stage.person(old);
      await stage.changeEmail(user, address());
      const proof = await stage.proofFor(old, 'email-changed');
      const request = { userId: user.id, heirId: null, isNow: true, origin: cli };
      assert.equal((await modules.accounts.requestDeletion(request)).outcome, 'requested');
      assert.ok((await modules.accounts.eraseDue()) >= 1);
      assert.equal((await modules.accounts.undoEmailChange(proof, browser())).outcome, 'dead-link');
      assert.notEqual((await stage.reread(user)).erasedAt, null);
      assert.equal((await stage.person(old)).email, old, 'the address can sign up again');
    });

    test('an undo and the erasure of its person at once: one of them, whole', async () => {
      for (let round = 0; round < 5; round++) {
        const old = address();
        const user = await stage.person(old);
        await stage.changeEmail(user, address());
        const proof = await stage.proofFor(old, 'email-changed');
        const request = { userId: user.id, heirId: null, isNow: true, origin: originOf(user) };
        await modules.accounts.requestDeletion(request);
        const [undone] = await Promise.all([
          modules.accounts.undoEmailChange(proof, browser()),
          other.accounts.eraseUser(user.id),
        ]);
        const { email, erasedAt } = await stage.reread(user);
        if (undone.outcome === 'undone') assert.deepEqual([email, erasedAt], [old, null]);
        else assert.notEqual(erasedAt, null);
      }
    });
  });
}
