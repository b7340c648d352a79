/**
 * Browsers that are known by their cookie: who is told of a sign-in in one that is not, and what makes one known. A browser is
 * known for one user, whoever else signs in there.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { sha256 } from '../../src/kit/hash.ts';
import { ENGINES } from '../storage/places.ts';
import { browser, NEW_PASSWORD, openAccounts, PASSWORD, type AccountStage } from './stage.ts';

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: AccountStage;
    let ada: User;
    let bob: User;
    before(async () => {
      stage = await openAccounts({ engine });
    });
    // New people, beyond every window of attempts.
    beforeEach(async () => {
      stage.time.now += 7200;
      ada = await stage.person(`ada-${randomUUID()}@example.com`);
      bob = await stage.person(`bob-${randomUUID()}@example.com`);
    });
    after(() => stage.stop());

    const signIn = async (user: User, cookie: string | null, password = PASSWORD) => {
      const form = { email: user.email, password };
      return (await stage.modules.accounts.signIn(form, browser('192.0.2.1', cookie))).outcome;
    };

    /** How often a user was told of a sign-in in a new browser, by message and in the log alike. */
    async function told(user: User): Promise<number> {
      const mails = (await stage.mailTo(user.email)).filter(({ kind }) => kind === 'new-sign-in');
      const page = { page: 1, pageSize: 100 };
      const { items } = await stage.modules.storage.events.list({ userId: user.id }, page);
      const events = items.filter(({ type }) => type === 'new_device_login');
      assert.equal(mails.length, events.length);
      return mails.length;
    }

    const isKnown = async (user: User, cookie: string): Promise<boolean> => {
      const before = await told(user);
      assert.equal(await signIn(user, cookie), 'signed-in');
      return (await told(user)) === before;
    };

    test('the first sign-in of all is told nobody', async () => {
      assert.equal(await signIn(ada, 'first'), 'signed-in');
      assert.equal(await signIn(bob, null), 'signed-in');
      assert.deepEqual([await told(ada), await told(bob)], [0, 0]);
    });

    test('a sign-in in another browser is told, and the next one there is not', async () => {
      await signIn(ada, 'first');
      for (const [cookie, times] of [
        ['first', 0],
        ['second', 1],
        ['second', 1],
        ['first', 1],
        ['third', 2],
      ] as const) {
        await signIn(ada, cookie);
        assert.equal(await told(ada), times, cookie);
      }
    });

    test('a browser without the cookie is new at every sign-in', async () => {
      await signIn(ada, 'first');
      for (const times of [1, 2]) {
        await signIn(ada, null);
        assert.equal(await told(ada), times);
      }
    });

    test('a browser that another user signs in with is new all the same', async () => {
      await signIn(ada, "ada's");
      await signIn(bob, "bob's");
      assert.equal(await isKnown(bob, "ada's"), false);
      assert.equal(await isKnown(ada, "bob's"), false);
      // From now on each is known for both.
      for (const user of [ada, bob])
        for (const cookie of ["ada's", "bob's"]) assert.ok(await isKnown(user, cookie), cookie);
    });

    test('a wrong password makes no browser known', async () => {
      await signIn(ada, 'first');
      assert.equal(await signIn(ada, 'guessing', 'not the password'), 'refused');
      assert.equal(await isKnown(ada, 'guessing'), false);
    });

    test('the browser of one user widens the guesses at no other', async () => {
      await signIn(ada, "ada's");
      for (let guess = 0; guess < 10; guess++)
        await stage.modules.accounts.signIn(
          { email: bob.email, password: 'x' },
          browser(`203.0.113.${guess}`),
        );
      assert.equal(await signIn(bob, "ada's"), 'limited');
    });

    const ACTS: Readonly<Record<string, (user: User) => Promise<unknown>>> = {
      async 'a change of the address that was undone'(user) {
        const next = `next-${randomUUID()}@example.com`;
        await stage.changeEmail(user, next);
        const proof = await stage.proofFor(user.email, 'email-changed');
        const undone = await stage.modules.accounts.undoEmailChange(proof, browser());
        assert.ok(undone.outcome === 'undone');
        const form = { proof: undone.reset, password: PASSWORD };
        // Another browser than any of before.
        await stage.modules.accounts.resetPassword(form, browser('192.0.2.1', randomUUID()));
      },
      async 'a password of the command line'(user) {
        await stage.modules.accounts.assignPassword({ user, origin, password: NEW_PASSWORD });
        // The one that these tests sign in with.
        await stage.modules.storage.users.update(user.id, {
          passwordHash: (await stage.reread(bob)).passwordHash,
        });
      },
    };

    for (const [what, act] of Object.entries(ACTS)) {
      test(`after ${what} every browser of before is new`, async () => {
        await signIn(ada, 'own');
        await signIn(ada, "the thief's");
        await act(ada);
        for (const cookie of ['own', "the thief's"])
          assert.equal(await isKnown(ada, cookie), false, cookie);
      });
    }

    test('an undone change makes every browser new before the password is chosen', async () => {
      await signIn(ada, "the thief's");
      await stage.changeEmail(ada, `next-${randomUUID()}@example.com`);
      const proof = await stage.proofFor(ada.email, 'email-changed');
      await stage.modules.accounts.undoEmailChange(proof, browser());
      const isThere = stage.modules.storage.devices.isKnown(ada.id, sha256("the thief's"));
      assert.equal(await isThere, false);
    });
  });
}
