/** Every way in writes how and when its person was proved; nothing else begins a session. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { passwordFactor } from '../../src/identity/authentication/password-factor.ts';
import type { PasswordHasher } from '../../src/identity/authentication/password.ts';
import { tryFactor } from '../../src/identity/authentication/try-factor.ts';
import { sha256 } from '../../src/kit/hash.ts';
import { sources } from '../conventions/source.ts';
import { ENGINES } from '../storage/places.ts';
import {
  type AccountStage,
  browser,
  cheapHasher,
  cli,
  contextOf,
  NEW_PASSWORD,
  openAccounts,
  PASSWORD,
} from './stage.ts';

/** What happens while a password is being judged. */
let meanwhile: () => Promise<unknown> = async () => undefined;

function interruptedHasher(): PasswordHasher {
  const hasher = cheapHasher();
  return {
    ...hasher,
    async hash(...given) {
      const hash = await hasher.hash(...given);
      await meanwhile();
      return hash;
    },
    async verify(...given) {
      const verdict = await hasher.verify(...given);
      await meanwhile();
      return verdict;
    },
  };
}

test('one function writes sessions', () => {
  const writers = sources('src/**/*.ts').filter(({ text }) => /sessions\s*\.insert\(/.test(text));
  assert.deepEqual(
    writers.map(({ path }) => path),
    ['src/identity/authentication/sessions.ts'],
  );
});

test('one function judges factors', () => {
  const judges = sources('src/identity/**/*.ts').filter(({ text }) =>
    /passwords\.verify\(|factor\.judge\(/.test(text),
  );
  assert.deepEqual(
    judges.map(({ path }) => path),
    ['src/identity/authentication/password-factor.ts', 'src/identity/authentication/try-factor.ts'],
  );
});

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: AccountStage;
    let count = 0;
    let email = '';
    before(async () => {
      stage = await openAccounts({ engine, passwords: interruptedHasher() });
    });
    beforeEach(() => {
      stage.time.now += 7200;
      meanwhile = async () => undefined;
      email = `way-${(count += 1)}-${engine}@example.com`;
    });
    after(() => stage.stop());

    const visitor = () => browser(`198.51.100.${count}`);
    const identity = () => stage.modules.accounts;
    const userOf = async () => {
      const user = await stage.modules.storage.users.byEmail(email);
      assert.ok(user !== null);
      return user;
    };
    const sessions = async () => stage.modules.storage.sessions.ofUser((await userOf()).id);
    const amrs = async () => (await sessions()).map(({ amr }) => amr);

    async function signedIn() {
      const begun = await identity().signIn({ email, password: PASSWORD }, visitor());
      assert.ok(begun.outcome === 'signed-in', begun.outcome);
      const { session } = begun.started;
      const origin = { ...cli, source: 'portal', actorId: session.userId } as const;
      return { user: await userOf(), session, origin };
    }

    async function verify(given: { browserToken?: string; userId?: string; password?: string }) {
      const { browserToken = null, userId = null, password = null } = given;
      const proof = await stage.proofFor(email, 'verify-email');
      const request = { proof, browserToken, signedInUserId: userId, password };
      return identity().verifyEmail(request, visitor());
    }

    test('a sign-in by password says that it was the password, at the instant it was right', async () => {
      await stage.person(email);
      const { now } = stage.time;
      await signedIn();
      assert.deepEqual(await amrs(), [{ pwd: now }]);
      stage.time.now += 100;
      await identity().signIn({ email, password: 'wrong' }, visitor());
      assert.equal((await sessions()).length, 1);
    });

    test('a link in the browser that signed up says that it was the address', async () => {
      const { browserToken } = await stage.unproved(email, visitor());
      stage.time.now += 60;
      assert.equal((await verify({ browserToken })).outcome, 'verified');
      assert.deepEqual(await amrs(), [{ email: stage.time.now }]);
    });

    test('a link in another browser takes the password too, and says both', async () => {
      await stage.unproved(email, visitor());
      for (const password of [undefined, 'wrong']) {
        const refused = await verify(password === undefined ? {} : { password });
        assert.equal(refused.outcome, 'password-needed');
      }
      assert.deepEqual(await amrs(), []);
      assert.equal((await verify({ password: PASSWORD })).outcome, 'verified');
      assert.deepEqual(await amrs(), [{ pwd: stage.time.now, email: stage.time.now }]);
    });

    test('a link where its person is signed in begins another session, which says that it was the address', async () => {
      await stage.unproved(email, visitor());
      const { user, session } = await signedIn();
      const before = stage.time.now;
      stage.time.now += 60;
      assert.equal((await verify({ userId: user.id })).outcome, 'verified');
      const all = new Map((await sessions()).map(({ id, amr }) => [id, amr]));
      assert.deepEqual(all.get(session.id), { pwd: before });
      all.delete(session.id);
      assert.deepEqual([...all.values()], [{ email: stage.time.now }]);
    });

    test('a reset, an undo and a deletion that is taken back begin none', async () => {
      await stage.person(email);
      await identity().requestReset(email, visitor());
      const proof = await stage.proofFor(email, 'reset-password');
      const form = { proof, password: NEW_PASSWORD };
      assert.equal((await identity().resetPassword(form, visitor())).outcome, 'reset');
      assert.deepEqual(await amrs(), []);
      await stage.changeEmail(await userOf(), `new.${email}`);
      const undo = await stage.proofFor(email, 'email-changed');
      assert.equal((await identity().undoEmailChange(undo, visitor())).outcome, 'undone');
      assert.deepEqual(await amrs(), []);
      const { id } = await userOf();
      const origin = { ...cli, actorId: id };
      await identity().requestDeletion({ userId: id, heirId: null, isNow: false, origin });
      const keep = await stage.proofFor(email, 'deletion-requested');
      assert.equal(await identity().keepAccount(keep, visitor()), true);
      assert.deepEqual(await amrs(), []);
    });

    test('step-up adds to what a session knows, by whichever factor', async () => {
      await stage.person(email);
      const prover = await signedIn();
      const begun = stage.time.now;
      stage.time.now += 1000;
      await identity().sendStepUpLink(prover, visitor());
      const link = await stage.proofFor(email, 'confirm-identity');
      assert.equal(await identity().proveByLink(link, prover), 'proved');
      assert.deepEqual(await amrs(), [{ pwd: begun, email: begun + 1000 }]);
      stage.time.now += 1000;
      await identity().proveByPassword({ ...prover, password: PASSWORD }, visitor());
      assert.deepEqual(await amrs(), [{ pwd: begun + 2000, email: begun + 1000 }]);
    });

    test('of two factors that are proved at once, through two processes, each that counts is kept', async () => {
      await stage.person(email);
      const prover = await signedIn();
      stage.time.now += 1000;
      await identity().sendStepUpLink(prover, visitor());
      const link = await stage.proofFor(email, 'confirm-identity');
      const other = await stage.other();
      const [byPassword, byLink] = await Promise.all([
        identity().proveByPassword({ ...prover, password: PASSWORD }, visitor()),
        other.accounts.proveByLink(link, prover),
      ]);
      assert.equal(byPassword.outcome, 'proved');
      // The password ends links that it came before.
      const { now } = stage.time;
      const added = byLink === 'proved' ? { pwd: now, email: now } : { pwd: now };
      const [amr] = await amrs();
      assert.deepEqual(amr, added);
    });

    test('a session that ends while its factor is judged is proved by nothing, and comes back by nothing', async () => {
      await stage.person(email);
      const prover = await signedIn();
      const { id: sessionId } = prover.session;
      await identity().sendStepUpLink(prover, visitor());
      const link = await stage.proofFor(email, 'confirm-identity');
      meanwhile = () => identity().endSession({ ...prover, sessionId });
      const proved = await identity().proveByPassword({ ...prover, password: PASSWORD }, visitor());
      assert.equal(proved.outcome, 'wrong');
      assert.equal(await identity().proveByLink(link, prover), 'dead-link');
      assert.deepEqual(await amrs(), []);
    });

    test('a session that ends while a first password is hashed chooses none', async () => {
      const user = await stage.person(email);
      const prover = await signedIn();
      const { id: sessionId } = prover.session;
      await stage.modules.storage.users.update(user.id, { passwordHash: null });
      meanwhile = async () =>
        void (await identity().endOtherSessions({ ...prover, keepSessionId: null }));
      const change = { user: await userOf(), password: NEW_PASSWORD, keepSessionId: sessionId };
      assert.equal((await identity().choosePassword(change, visitor())).outcome, 'invalid');
      assert.equal((await userOf()).passwordHash, null);
    });

    test('a password that is taken away while it is judged begins nothing and proves nothing', async () => {
      const user = await stage.person(email);
      const prover = await signedIn();
      meanwhile = () => stage.modules.storage.users.update(user.id, { passwordHash: null });
      const begun = await identity().signIn({ email, password: PASSWORD }, visitor());
      assert.equal(begun.outcome, 'refused');
      assert.equal((await sessions()).length, 1);
      const { passwordHash } = user;
      await stage.modules.storage.users.update(user.id, { passwordHash });
      const proved = await identity().proveByPassword({ ...prover, password: PASSWORD }, visitor());
      assert.equal(proved.outcome, 'wrong');
    });

    test('a factor that can be guessed is counted before it is judged, and given back when it was right', async () => {
      const user = await stage.person(email);
      const context = contextOf(stage);
      const attempt = { act: 'prove', account: user.id, address: '192.0.2.99' } as const;
      const guess = async (evidence: string) => {
        const tried = await tryFactor(context, passwordFactor, { user, evidence, attempt });
        if (tried.outcome === 'proved') await tried.forgive();
        return tried.outcome;
      };
      for (let n = 0; n < 30; n++) assert.equal(await guess(PASSWORD), 'proved');
      for (let n = 0; n < 10; n++) assert.equal(await guess('wrong'), 'wrong');
      assert.equal(await guess(PASSWORD), 'limited');
    });

    test('the cookie of a session leads to what it knows', async () => {
      await stage.person(email);
      const begun = await identity().signIn({ email, password: PASSWORD }, visitor());
      assert.ok(begun.outcome === 'signed-in');
      const found = await stage.modules.storage.sessions.byHash(sha256(begun.started.token));
      assert.deepEqual(found?.session.amr, { pwd: stage.time.now });
    });
  });
}
