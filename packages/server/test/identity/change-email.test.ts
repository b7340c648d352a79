/** A change of address: who can bring it about, who can take it back, and what happens at once. Both databases. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import type { Modules } from '../../src/compose/modules.ts';
import { ENGINES } from '../storage/places.ts';
import {
  type AccountStage,
  browser,
  cli,
  NEW_PASSWORD,
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
      stage = await openAccounts({
        engine,
        change: (config) => ({
          ...config,
          attempts: { windowSeconds: 900, perAccount: 10, perAddress: 10_000 },
        }),
      });
      ({ modules } = stage);
      other = await stage.other();
    });
    after(() => stage.stop());

    const address = (): string => `address-${++count}@example.com`;
    const ask = (user: User, email: string, from = modules) =>
      from.accounts.requestEmailChange({ user, email, origin: originOf(user) }, browser());
    async function linkFor(user: User, email: string): Promise<string> {
      assert.deepEqual(await ask(user, email), { outcome: 'sent', email });
      return stage.proofFor(email, 'change-email');
    }
    const confirm = (user: User | null, proof: string, from = modules) =>
      from.accounts.confirmEmailChange(
        { proof, signedInUserId: user?.id ?? null, password: null },
        browser(),
      );
    const undo = (proof: string, from = modules) => from.accounts.undoEmailChange(proof, browser());
    const undoFor = (email: string) => stage.proofFor(email, 'email-changed');
    const kindsTo = async (email: string) => (await stage.mailTo(email)).map(({ kind }) => kind);
    const signIn = (email: string, password: string) =>
      modules.accounts.signIn({ email, password }, browser());
    const typesOf = async ({ id: userId }: User) =>
      (await modules.storage.events.list({ userId }, { page: 1, pageSize: 50 })).items.map(
        ({ type }) => type,
      );

    test('nothing is changed until the new address is confirmed; then the old one is told', async () => {
      const [old, email] = [address(), address()];
      const user = await stage.person(old);
      const proof = await linkFor(user, email);
      assert.equal((await stage.reread(user)).email, old);
      assert.deepEqual(await kindsTo(old), []);
      assert.deepEqual(await confirm(user, proof), { outcome: 'changed' });
      const changed = await stage.reread(user);
      assert.equal(changed.email, email);
      assert.notEqual(changed.emailVerifiedAt, null);
      assert.deepEqual(await kindsTo(old), ['email-changed']);
      assert.equal((await signIn(old, PASSWORD)).outcome, 'refused');
      assert.equal((await signIn(email, PASSWORD)).outcome, 'signed-in');
      assert.deepEqual(await confirm(user, proof), { outcome: 'dead-link' });
      const types = await typesOf(user);
      for (const type of ['email_change_requested', 'email_changed'] as const)
        assert.ok(types.includes(type), type);
    });

    test('whoever reads a mistyped address gets nowhere without the password, and learns no address', async () => {
      const [old, email] = [address(), address()];
      const user = await stage.person(old);
      const stranger = await stage.person(address());
      const proof = await linkFor(user, email);
      for (const reader of [null, stranger])
        assert.equal((await confirm(reader, proof)).outcome, 'password-needed');
      const link = { proof, signedInUserId: null };
      assert.deepEqual(await modules.accounts.inspectEmailChange(link), {
        way: 'password-needed',
        email,
      });
      const guess = (password: string) =>
        modules.accounts.confirmEmailChange({ ...link, password }, browser());
      for (let round = 0; round < 10; round++)
        assert.deepEqual(await guess('wrong'), { outcome: 'password-needed', isWrong: true });
      assert.equal((await guess(PASSWORD)).outcome, 'limited');
      stage.time.now += 900;
      assert.deepEqual(await guess(PASSWORD), { outcome: 'changed' });
      const [notice] = await stage.mailTo(email);
      assert.ok(notice !== undefined);
      assert.doesNotMatch(modules.renderMail(notice).text, new RegExp(`Ada|${old}`));
    });

    test('an address that somebody has is answered alike, and its owner is told within bounds', async () => {
      const taken = address();
      await stage.person(taken);
      for (let round = 0; round < 8; round++) {
        const asking = await stage.person(address());
        assert.deepEqual(await ask(asking, taken), { outcome: 'sent', email: taken });
      }
      assert.deepEqual(
        await kindsTo(taken),
        Array.from({ length: 5 }, () => 'address-wanted'),
      );
    });

    test('a newer link ends the older one; so do a new password and a suspension', async () => {
      const [first, second] = [address(), address()];
      const user = await stage.person(address());
      const older = await linkFor(user, first);
      const newer = await linkFor(user, second);
      assert.equal((await confirm(user, older)).outcome, 'dead-link');
      const change = { user, current: PASSWORD, password: NEW_PASSWORD, keepSessionId: 'x' };
      assert.equal((await modules.accounts.changePassword(change, browser())).outcome, 'changed');
      assert.equal((await confirm(user, newer)).outcome, 'dead-link');
      const third = await linkFor(user, address());
      const { id: userId } = user;
      const origin = cli;
      await modules.accounts.setSuspended({ userId, isSuspended: true, origin });
      assert.equal((await confirm(user, third)).outcome, 'dead-link');
    });

    test('an address that was not proved is told nothing and cannot come back', async () => {
      const [old, email] = [address(), address()];
      await stage.unproved(old);
      const user = await modules.storage.users.byEmail(old);
      assert.ok(user !== null);
      await stage.changeEmail(user, email);
      assert.deepEqual(await kindsTo(old), ['verify-email']);
      assert.notEqual((await stage.reread(user)).emailVerifiedAt, null);
      // Nobody holds it: its owner can sign up.
      await stage.unproved(old);
      assert.equal((await kindsTo(old))[0], 'verify-email');
    });

    test('an undo gives the address back, signs everybody out and leads to a new password', async () => {
      const [old, email] = [address(), address()];
      const user = await stage.person(old);
      await stage.changeEmail(user, email);
      // The hijacker stays signed in and knows the password.
      assert.equal((await signIn(email, PASSWORD)).outcome, 'signed-in');
      const pending = await linkFor(await stage.reread(user), address());
      stage.time.now += 7 * 86_400 - 1;
      const outcome = await undo(await undoFor(old), other);
      assert.ok(outcome.outcome === 'undone');
      assert.equal((await stage.reread(user)).email, old);
      assert.deepEqual(await modules.storage.sessions.ofUser(user.id), []);
      for (const known of [old, email])
        assert.equal((await signIn(known, PASSWORD)).outcome, 'refused');
      assert.equal((await confirm(user, pending)).outcome, 'dead-link');
      assert.equal((await kindsTo(email))[0], 'email-change-undone');
      const reset = { proof: outcome.reset, password: NEW_PASSWORD };
      assert.equal((await modules.accounts.resetPassword(reset, browser())).outcome, 'reset');
      assert.equal((await signIn(old, NEW_PASSWORD)).outcome, 'signed-in');
      assert.ok((await typesOf(user)).includes('email_change_undone'));
      assert.equal((await undo(await undoFor(old))).outcome, 'dead-link');
    });

    test('an undo takes back a deletion that the hijacker asked for, and none of an operator', async () => {
      for (const isOperators of [false, true]) {
        const [old, email] = [address(), address()];
        const user = await stage.person(old);
        await stage.changeEmail(user, email);
        const origin = isOperators ? cli : originOf(user);
        const request = { userId: user.id, heirId: null, isNow: false, origin };
        assert.equal((await modules.accounts.requestDeletion(request)).outcome, 'requested');
        const { outcome } = await undo(await undoFor(old));
        const { suspendedAt, deletionDueAt, ...after } = await stage.reread(user);
        if (isOperators) {
          assert.equal(outcome, 'dead-link');
          assert.equal(after.email, email);
          assert.notEqual(suspendedAt ?? deletionDueAt, null);
        } else {
          assert.equal(outcome, 'undone');
          assert.deepEqual([after.email, suspendedAt, deletionDueAt], [old, null, null]);
        }
      }
    });

    test('an undo ends after seven days, and the address is free then', async () => {
      const [old, email] = [address(), address()];
      const user = await stage.person(old);
      await stage.changeEmail(user, email);
      const asking = await stage.person(address());
      await ask(asking, old);
      assert.equal((await kindsTo(old))[0], 'address-wanted');
      await stage.unproved(old);
      assert.equal((await kindsTo(old))[0], 'address-in-use');
      const proof = await undoFor(old);
      stage.time.now += 7 * 86_400;
      assert.equal((await undo(proof)).outcome, 'dead-link');
      await linkFor(await stage.reread(asking), old);
    });

    test('a hijacker who changed the address further cannot undo what its owner undid', async () => {
      const [first, second, third] = [address(), address(), address()];
      const user = await stage.person(first);
      await stage.changeEmail(user, second);
      await stage.changeEmail(await stage.reread(user), third);
      const [owner, hijacker] = [await undoFor(first), await undoFor(second)];
      // The later one gives back the second address, and leaves the owner's alone.
      assert.equal((await undo(hijacker)).outcome, 'undone');
      assert.equal((await stage.reread(user)).email, second);
      assert.equal((await undo(owner)).outcome, 'undone');
      assert.equal((await stage.reread(user)).email, first);
      // And the other way round the owner's ends the later one.
      const again = [address(), address(), address()] as const;
      const next = await stage.person(again[0]);
      await stage.changeEmail(next, again[1]);
      await stage.changeEmail(await stage.reread(next), again[2]);
      const [mine, theirs] = [await undoFor(again[0]), await undoFor(again[1])];
      assert.equal((await undo(mine)).outcome, 'undone');
      assert.equal((await undo(theirs, other)).outcome, 'dead-link');
      assert.equal((await stage.reread(next)).email, again[0]);
    });

    test('an operator who changes the address tells the old one, and nobody can undo it', async () => {
      const [first, second, third] = [address(), address(), address()];
      const user = await stage.person(first);
      await stage.changeEmail(user, second);
      const earlier = await undoFor(first);
      const change = { user: await stage.reread(user), email: third, isVerified: true };
      await modules.accounts.assignEmail({ ...change, origin: cli });
      const [notice] = await stage.mailTo(second);
      assert.partialDeepStrictEqual(notice, { kind: 'email-changed', proofId: null });
      assert.equal((await undo(earlier)).outcome, 'dead-link');
      assert.equal((await stage.reread(user)).email, third);
    });

    test('of two people who confirm one address at once, one gets it', async () => {
      for (let round = 0; round < 5; round++) {
        const email = address();
        const [ada, ben] = [await stage.person(address()), await stage.person(address())];
        const proofs = [await linkFor(ada, email), await linkFor(ben, email)] as const;
        const outcomes = await Promise.all([
          confirm(ada, proofs[0]),
          confirm(ben, proofs[1], other),
        ]);
        assert.deepEqual(outcomes.map(({ outcome }) => outcome).toSorted(), ['changed', 'taken']);
      }
    });

    test('two changes of one person at once leave one link that works', async () => {
      const user = await stage.person(address());
      const emails = [address(), address()] as const;
      await Promise.all([ask(user, emails[0]), ask(user, emails[1], other)]);
      const outcomes = [];
      for (const email of emails)
        outcomes.push((await confirm(user, await stage.proofFor(email, 'change-email'))).outcome);
      assert.deepEqual(outcomes.toSorted(), ['changed', 'dead-link']);
    });

    test('an address that is given up at the moment in which another takes it stays held', async () => {
      for (let round = 0; round < 5; round++) {
        const old = address();
        const email = address();
        const ada = await stage.person(old);
        const [ben, cid] = [await stage.person(address()), address()];
        const proof = await linkFor(ada, email);
        const [changed] = await Promise.allSettled([
          confirm(ada, proof),
          other.accounts.assignEmail({ user: ben, email: old, isVerified: true, origin: cli }),
          stage.unproved(old).catch(() => cid),
        ]);
        assert.deepEqual(changed, { status: 'fulfilled', value: { outcome: 'changed' } });
        assert.equal(await modules.storage.users.byEmail(old), null);
        assert.equal((await undo(await undoFor(old))).outcome, 'undone');
      }
    });

    test('a mistyped address is corrected in the browser that signed up, and its link ends', async () => {
      const [wrong, right] = [address(), address()];
      const { browserToken } = await stage.unproved(wrong);
      const dead = await stage.proofFor(wrong, 'verify-email');
      const correct = (email: string, token = browserToken) =>
        modules.accounts.correctEmail({ email, browserToken: token }, browser());
      assert.deepEqual(await correct(right), { outcome: 'sent', email: right });
      const verify = (proof: string) =>
        modules.accounts.verifyEmail(
          { proof, browserToken, signedInUserId: null, password: PASSWORD },
          browser(),
        );
      assert.equal((await verify(dead)).outcome, 'dead-link');
      assert.equal(await modules.storage.users.byEmail(wrong), null);
      // To an address that somebody has: answered alike, nothing is changed, its owner hears of it.
      const taken = await stage.person(address());
      assert.deepEqual(await correct(taken.email), { outcome: 'sent', email: taken.email });
      assert.deepEqual(await kindsTo(taken.email), ['address-in-use']);
      const verified = await verify(await stage.proofFor(right, 'verify-email'));
      assert.ok(verified.outcome === 'verified');
      // Proved now: this browser corrects nothing any more, and cannot tell.
      const late = address();
      assert.deepEqual(await correct(late), { outcome: 'sent', email: late });
      assert.equal((await stage.reread(verified.user)).email, right);
      assert.deepEqual(await kindsTo(late), ['sign-up-again']);
      const strange = address();
      assert.deepEqual(await correct(strange, 'made up'), { outcome: 'sent', email: strange });
      assert.deepEqual(await kindsTo(strange), ['sign-up-again']);
    });

    test('a sign-up with an address that is taken corrects nothing of its owner', async () => {
      const owner = await stage.person(address());
      const { browserToken } = await stage.unproved(owner.email);
      const email = address();
      const outcome = await modules.accounts.correctEmail({ email, browserToken }, browser());
      assert.deepEqual(outcome, { outcome: 'sent', email });
      assert.equal((await stage.reread(owner)).email, owner.email);
      assert.deepEqual(await kindsTo(email), ['sign-up-again']);
    });

    test('corrections of one browser are limited', async () => {
      const { browserToken } = await stage.unproved(address());
      const correct = () =>
        modules.accounts.correctEmail({ email: address(), browserToken }, browser());
      for (let round = 0; round < 10; round++) assert.equal((await correct()).outcome, 'sent');
      assert.equal((await correct()).outcome, 'limited');
    });

    test('a correction comes before the proof of the address, or not at all', async () => {
      for (let round = 0; round < 10; round++) {
        const [wrong, right] = [address(), address()];
        const { browserToken } = await stage.unproved(wrong);
        const user = await modules.storage.users.byEmail(wrong);
        assert.ok(user !== null);
        const proof = await stage.proofFor(wrong, 'verify-email');
        const link = { proof, browserToken, signedInUserId: null, password: null };
        const [{ outcome }] = await Promise.all([
          modules.accounts.verifyEmail(link, browser()),
          other.accounts.correctEmail({ email: right, browserToken }, browser()),
        ]);
        const { email, emailVerifiedAt } = await stage.reread(user);
        const isVerified = outcome === 'verified';
        assert.deepEqual(
          [email, emailVerifiedAt !== null],
          [isVerified ? wrong : right, isVerified],
        );
      }
    });
  });
}
