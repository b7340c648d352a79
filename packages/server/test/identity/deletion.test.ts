/** What links by e-mail do while somebody is to be deleted, over both databases. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PROOF_SECONDS, TIMED_PURPOSES } from '../../src/identity/authentication/proof.ts';
import { newOrderedId } from '../../src/kit/ids.ts';
import { ENGINES } from '../storage/places.ts';
import { accountsOver, type AccountStage, browser, cli, openAccounts, PASSWORD } from './stage.ts';

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: AccountStage;
    before(async () => {
      stage = await openAccounts({ engine });
      await stage.person('operator@example.com');
    });
    after(() => stage.stop());

    const remove = async (userId: string, actorId: string | null): Promise<void> => {
      const request = { userId, heirId: null, isNow: false, origin: { ...cli, actorId } };
      const { outcome } = await stage.modules.accounts.requestDeletion(request);
      assert.equal(outcome, 'requested');
    };

    test('nobody waits for those before them who cannot be erased now, however many they are', async () => {
      const stuck = new Set<string>();
      for (let made = 0; made < 21; made++)
        stuck.add((await stage.person(`stuck${made}@example.com`)).id);
      for (const id of stuck) await remove(id, null);
      stage.time.now += 1;
      const free = await stage.person('free@example.com');
      await remove(free.id, null);
      stage.time.now += 15 * 86_400;
      const dropped: string[] = [];
      const accounts = accountsOver(
        stage,
        (stores) => ({
          ...stores,
          users: {
            ...stores.users,
            lock: async (id) => {
              if (stuck.has(id)) throw new Error('this one fails');
              return stores.users.lock(id);
            },
          },
        }),
        (id) => dropped.push(id),
      );
      assert.equal(await accounts.eraseDue(), 1);
      assert.notEqual((await stage.reread(free)).erasedAt, null);
      assert.deepEqual(new Set(dropped), stuck);
      assert.equal(dropped.length, stuck.size);
      assert.equal(await stage.modules.accounts.eraseDue(), 20, 'as many as ever at a time');
      assert.equal(await stage.modules.accounts.eraseDue(), 1);
    });

    test('who forgot the password meanwhile gets the link that keeps the account, until the end', async () => {
      const { accounts } = stage.modules;
      const email = 'forgetful@example.com';
      const user = await stage.person(email);
      await remove(user.id, user.id);
      const [first] = await stage.mailTo(email);
      await accounts.requestReset(email, browser());
      const [newest, ...earlier] = await stage.mailTo(email);
      assert.ok(newest?.kind === 'deletion-requested' && first?.kind === 'deletion-requested');
      assert.equal(earlier.length, 1);
      assert.notEqual(newest.proofId, first.proofId);
      assert.equal(newest.dueAt, first.dueAt);
      const proof = await stage.proofFor(email, 'deletion-requested');
      assert.equal((await accounts.inspectKeeping(proof))?.id, user.id);
      stage.time.now = newest.dueAt;
      assert.equal(await accounts.inspectKeeping(proof), null, 'when the grace period is over');
      stage.time.now -= 60;
      assert.equal(await accounts.keepAccount(proof, browser()), true);
      await accounts.requestReset(email, browser());
      const [{ kind } = { kind: null }] = await stage.mailTo(email);
      assert.equal(kind, 'reset-password');
    });

    test('a sign-in offers to keep an account that is to be deleted for the right password alone', async () => {
      const { accounts, storage } = stage.modules;
      const user = await stage.person('keeper@example.com');
      const signIn = (password: string) =>
        accounts.signIn({ email: user.email, password }, browser());
      assert.equal((await signIn(PASSWORD)).outcome, 'signed-in');
      await remove(user.id, user.id);
      assert.deepEqual(await signIn('not the password'), { outcome: 'refused' });
      const offered = await signIn(PASSWORD);
      assert.ok(offered.outcome === 'being-deleted', offered.outcome);
      // The password alone opens no session and changes nothing by itself, and the session of before is over for good.
      assert.deepEqual(await storage.sessions.ofUser(user.id), []);
      assert.notEqual((await stage.reread(user)).deletionDueAt, null);
      assert.equal(await accounts.keepAccount(`${offered.proof}x`, browser()), false);
      assert.equal(await accounts.keepAccount(offered.proof, browser()), true);
      assert.equal((await stage.reread(user)).deletionDueAt, null);
      assert.deepEqual(await storage.sessions.ofUser(user.id), []);
      assert.equal((await signIn(PASSWORD)).outcome, 'signed-in');
    });

    test('once erasing has begun nobody takes the deletion back', async () => {
      const { accounts, storage } = stage.modules;
      const user = await stage.person('half-erased@example.com');
      await remove(user.id, user.id);
      const offered = await accounts.signIn({ email: user.email, password: PASSWORD }, browser());
      assert.ok(offered.outcome === 'being-deleted');
      await storage.users.update(user.id, { erasureStartedAt: stage.time.now });
      assert.equal(await accounts.inspectKeeping(offered.proof), null);
      assert.equal(await accounts.keepAccount(offered.proof, browser()), false);
      const asked = { userId: user.id, origin: cli };
      assert.equal(await accounts.cancelDeletion(asked), 'not-pending');
      assert.notEqual((await stage.reread(user)).deletionDueAt, null);
    });

    test('only somebody who works in the account can be named to take it over', async () => {
      const { accounts } = stage.modules;
      const owner = await stage.person('leaving@example.com');
      const member = await stage.person('staying@example.com');
      const stranger = await stage.person('stranger@example.com');
      const asked = { userId: owner.id, isNow: false, origin: { ...cli, actorId: owner.id } };
      const role = { accountId: owner.accountId, role: 'member', origin: cli } as const;
      await accounts.changeRole({ ...role, userId: member.id });
      for (const heirId of [null, stranger.id, owner.id, 'nobody']) {
        const refused = await accounts.requestDeletion({ ...asked, heirId });
        assert.ok(refused.outcome === 'needs-heir', String(heirId));
        assert.deepEqual(
          refused.members.map(({ id }) => id),
          [member.id],
        );
        assert.equal((await stage.reread(owner)).deletionDueAt, null);
      }
      const { outcome } = await accounts.requestDeletion({ ...asked, heirId: member.id });
      assert.equal(outcome, 'requested');
    });

    test('whom somebody else deletes, or who was suspended before, is told of no account', async () => {
      const { accounts } = stage.modules;
      const dismissed = await stage.person('dismissed@example.com');
      await remove(dismissed.id, null);
      const suspended = await stage.person('suspended@example.com');
      await accounts.setSuspended({ userId: suspended.id, isSuspended: true, origin: cli });
      await remove(suspended.id, suspended.id);
      for (const { email } of [dismissed, suspended]) {
        await accounts.requestReset(email, browser());
        const [newest] = await stage.mailTo(email);
        assert.equal(newest?.kind, 'no-such-account', email);
      }
    });

    for (const purpose of TIMED_PURPOSES) {
      // Whoever took an account over does not end the owner's way back by deleting it.
      const stays = purpose === 'undo-email-change' ? 'live' : 'dead';
      test(`a link for ${purpose} is ${stays} after the deletion was taken back`, async () => {
        const { accounts, storage } = stage.modules;
        const user = await stage.person(`${purpose}@example.com`);
        const [id, now] = [newOrderedId(), stage.time.now];
        const times = { createdAt: now, expiresAt: now + PROOF_SECONDS[purpose], usedAt: null };
        const { id: userId, email } = user;
        await storage.proofs.insert({ id, userId, purpose, email, browserHash: null, ...times });
        const state = async () =>
          (await storage.proofs.live(id, purpose, now)) === null ? 'dead' : 'live';
        assert.equal(await state(), 'live');
        await remove(userId, userId);
        assert.equal(await accounts.cancelDeletion({ userId, origin: cli }), 'cancelled');
        assert.equal(await state(), stays);
      });
    }
  });
}
