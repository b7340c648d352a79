/** Step-up without pages: what the service itself refuses, whichever page asks. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Session, User } from '../../src/identity/types.ts';
import { ENGINES } from '../storage/places.ts';
import { PROVED_SECONDS } from '../../src/identity/authentication/step-up.ts';
import { browser, NEW_PASSWORD, openAccounts, PASSWORD, type AccountStage } from './stage.ts';

const GUESSES = 10;

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: AccountStage;
    let user: User;
    let count = 0;
    before(async () => {
      stage = await openAccounts({ engine });
    });
    // A new person in a network of their own, beyond every window of attempts.
    beforeEach(async () => {
      stage.time.now += 7200;
      count += 1;
      user = await stage.person(`person-${count}-${engine}@example.com`);
    });
    after(() => stage.stop());

    const visitor = (cookie: string | null = null) => browser(`198.51.100.${count}`, cookie);

    async function proverOf(who = user) {
      const form = { email: who.email, password: PASSWORD };
      const begun = await stage.modules.accounts.signIn(form, visitor());
      assert.ok(begun.outcome === 'signed-in', begun.outcome);
      const { session } = begun.started;
      const client = `web/${session.id}`;
      const origin = { source: 'portal', client, address: null, actorId: who.id } as const;
      // Nothing but a step-up counts from here on.
      stage.time.now += PROVED_SECONDS;
      return { user: await stage.reread(who), session, origin };
    }
    type Prover = Awaited<ReturnType<typeof proverOf>>;

    const sendLink = (prover: Prover) => stage.modules.accounts.sendStepUpLink(prover, visitor());
    const link = () => stage.proofFor(user.email, 'confirm-identity');
    const isProved = async ({ session }: { readonly session: Session }): Promise<boolean> => {
      const found = (await stage.modules.storage.sessions.ofUser(session.userId)).find(
        ({ id }) => id === session.id,
      );
      assert.ok(found !== undefined);
      return stage.modules.accounts.isProvedLately(found);
    };

    test('a link proves the session that asked for it, and no other of the same person or of another', async () => {
      const [own, other] = [await proverOf(), await proverOf()];
      const stranger = await proverOf(await stage.person(`${randomUUID()}@example.com`));
      await sendLink(own);
      const proof = await link();
      const { accounts } = stage.modules;
      for (const prover of [other, stranger]) {
        assert.equal(await accounts.inspectStepUpLink(proof, prover), 'other-browser');
        assert.equal(await accounts.proveByLink(proof, prover), 'other-browser');
        assert.equal(await isProved(prover), false);
      }
      assert.equal(await accounts.inspectStepUpLink(proof, null), 'other-browser');
      assert.equal(await accounts.proveByLink(proof, own), 'proved');
      assert.deepEqual([await isProved(own), await isProved(other)], [true, false]);
      assert.equal(await accounts.proveByLink(proof, own), 'dead-link');
    });

    test('a link is sent ten times in a quarter of an hour, whichever session asks', async () => {
      const [one, other] = [await proverOf(), await proverOf()];
      const outcomes: string[] = [];
      for (let asked = 0; asked < GUESSES + 5; asked++)
        outcomes.push((await sendLink(asked % 2 === 0 ? one : other)).outcome);
      assert.deepEqual(
        outcomes,
        outcomes.map((_, index) => (index < GUESSES ? 'sent' : 'limited')),
      );
      const sent = (await stage.mailTo(user.email)).filter(
        ({ kind }) => kind === 'confirm-identity',
      );
      assert.equal(sent.length, GUESSES);
    });

    test('no link is sent to an address that nobody has proved', async () => {
      const prover = await proverOf();
      const unproved = { ...prover, user: { ...prover.user, emailVerifiedAt: null } };
      assert.deepEqual(await sendLink(unproved), { outcome: 'address-unproved' });
      const sent = (await stage.mailTo(user.email)).filter(
        ({ kind }) => kind === 'confirm-identity',
      );
      assert.equal(sent.length, 0);
    });

    test('a sign-in or a proof counts for ten minutes, and one from the future not at all', async () => {
      const { session } = await proverOf();
      const { now } = stage.time;
      const isLate = (amr: Session['amr']) =>
        !stage.modules.accounts.isProvedLately({ ...session, amr });
      for (const [age, expected] of [
        [-3600, true],
        [-1, true],
        [0, false],
        [599, false],
        [600, true],
      ] as const) {
        assert.equal(isLate({ pwd: now - age }), expected, `a sign-in of ${age}`);
        const proved = { pwd: now - 86_400, email: now - age };
        assert.equal(isLate(proved), expected, `a proof of ${age}`);
      }
      // A proof of a clock that was ahead keeps no later one from counting.
      assert.equal(isLate({ pwd: now + 3600, email: now }), false);
    });

    test('a newer link ends the one before it, and so does the password', async () => {
      const prover = await proverOf();
      await sendLink(prover);
      const first = await link();
      await sendLink(prover);
      const second = await link();
      const { accounts } = stage.modules;
      assert.notEqual(first, second);
      assert.equal(await accounts.proveByLink(first, prover), 'dead-link');
      const proved = await accounts.proveByPassword({ ...prover, password: PASSWORD }, visitor());
      assert.equal(proved.outcome, 'proved');
      assert.equal(await accounts.proveByLink(second, prover), 'dead-link');
    });

    test('a link that another session asks for ends none of this one', async () => {
      const [own, stolen] = [await proverOf(), await proverOf()];
      await sendLink(own);
      const first = await link();
      await sendLink(stolen);
      assert.equal(await stage.modules.accounts.proveByLink(first, own), 'proved');
    });

    test('ten wrong passwords of a session are judged, and no right one after them', async () => {
      const [guessing, other] = [await proverOf(), await proverOf()];
      const prove = async (prover: Prover, password: string) =>
        (await stage.modules.accounts.proveByPassword({ ...prover, password }, visitor())).outcome;
      for (let guess = 0; guess < GUESSES; guess++)
        assert.equal(await prove(guessing, 'not the password'), 'wrong');
      assert.equal(await prove(guessing, PASSWORD), 'limited');
      assert.equal(await isProved(guessing), false);
      assert.equal(await prove(other, PASSWORD), 'proved');
    });

    test('the password of before a reset, and that of somebody who is suspended, prove nothing', async () => {
      const prover = await proverOf();
      const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
      const prove = async () =>
        (await stage.modules.accounts.proveByPassword({ ...prover, password: PASSWORD }, visitor()))
          .outcome;
      // The session was read, and with it the user, before the password was changed.
      const passwordHash = (await stage.person(`${randomUUID()}@example.com`)).passwordHash;
      await stage.modules.storage.users.update(user.id, { passwordHash });
      assert.equal(await prove(), 'wrong');
      await stage.modules.storage.users.update(user.id, { passwordHash: prover.user.passwordHash });
      await stage.modules.storage.users.update(user.id, { suspendedAt: stage.time.now });
      assert.equal(await prove(), 'wrong');
      assert.equal(await isProved(prover), false);
      await stage.modules.storage.users.update(user.id, { suspendedAt: null });
      assert.equal(await prove(), 'proved');
      await stage.modules.accounts.assignPassword({ user, origin, password: NEW_PASSWORD });
      assert.equal(await prove(), 'wrong');
    });
  });
}
