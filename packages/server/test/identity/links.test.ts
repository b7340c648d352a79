/** A link ends as soon as what it is for was done another way: acts by purposes, over both databases, races included. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import type { Modules } from '../../src/compose/modules.ts';
import { ENGINES } from '../storage/places.ts';
import { type AccountStage, browser, cli, NEW_PASSWORD, openAccounts, PASSWORD } from './stage.ts';

const THIRD_PASSWORD = 'marble kettle wandering slowly';

interface Case {
  readonly stage: AccountStage;
  readonly modules: Modules;
  readonly email: string;
  readonly user: User;
}

/** Unproved people, for whom every kind of link can be live at once. */
const LINKS = {
  'verify-email': {
    send: async ({ modules, user }: Case) => {
      await modules.accounts.resendVerification(user, browser());
    },
    use: ({ modules, user }: Case, proof: string) =>
      modules.accounts.verifyEmail(
        { proof, browserToken: null, signedInUserId: user.id, password: null },
        browser(),
      ),
  },
  'reset-password': {
    send: async ({ modules, email }: Case) => {
      await modules.accounts.requestReset(email, browser());
    },
    use: ({ modules }: Case, proof: string) =>
      modules.accounts.resetPassword({ proof, password: THIRD_PASSWORD }, browser()),
  },
  'change-email': {
    send: async ({ modules, user, email }: Case) => {
      const change = { user, email: `wanted-${email}`, origin: cli };
      await modules.accounts.requestEmailChange(change, browser());
    },
    use: ({ modules, user }: Case, proof: string) =>
      modules.accounts.confirmEmailChange(
        { proof, signedInUserId: user.id, password: null },
        browser(),
      ),
  },
} as const;
type Purpose = keyof typeof LINKS;

interface Act {
  readonly run: (given: Case) => Promise<unknown>;
  readonly ends: boolean;
  /** The kind of link that a newer one replaces. */
  readonly replaces?: Purpose;
}

const ACTS: Readonly<Record<string, Act>> = {
  'a new password by page': {
    ends: true,
    run: ({ modules, user }) =>
      modules.accounts.changePassword(
        { user, current: PASSWORD, password: NEW_PASSWORD, keepSessionId: 'x' },
        browser(),
      ),
  },
  'a new password by link': {
    ends: true,
    run: async (given) => {
      await LINKS['reset-password'].send(given);
      const proof = await given.stage.proofFor(given.email, 'reset-password');
      return given.modules.accounts.resetPassword({ proof, password: NEW_PASSWORD }, browser());
    },
  },
  'the proof of the address': {
    ends: true,
    run: async (given) => {
      await LINKS['verify-email'].send(given);
      return LINKS['verify-email'].use(
        given,
        await given.stage.proofFor(given.email, 'verify-email'),
      );
    },
  },
  'a change of address by page': {
    ends: true,
    run: ({ stage, user, email }) => stage.changeEmail(user, `new-${email}`),
  },
  'a change of address that was taken back': {
    ends: true,
    run: async ({ stage, modules, user, email }) => {
      await stage.changeEmail(user, `first-${email}`);
      const changed = await stage.reread(user);
      await stage.changeEmail(changed, `second-${email}`);
      const proof = await stage.proofFor(changed.email, 'email-changed');
      return modules.accounts.undoEmailChange(proof, browser());
    },
  },
  'a change of address by an operator': {
    ends: true,
    run: ({ modules, user, email }) =>
      modules.accounts.assignEmail({ user, email: `new-${email}`, isVerified: true, origin: cli }),
  },
  'a change by an operator to an address that is to be proved': {
    ends: true,
    run: ({ modules, user, email }) =>
      modules.accounts.assignEmail({ user, email: `new-${email}`, isVerified: false, origin: cli }),
  },
  'a new password by an operator': {
    ends: true,
    run: ({ modules, user }) =>
      modules.accounts.assignPassword({ user, password: NEW_PASSWORD, origin: cli }),
  },
  'a deletion': {
    ends: true,
    run: ({ modules, user: { id: userId } }) =>
      modules.accounts.requestDeletion({ userId, heirId: null, isNow: false, origin: cli }),
  },
  'a deletion that was taken back': {
    ends: true,
    run: async ({ modules, user: { id: userId } }) => {
      await modules.accounts.requestDeletion({ userId, heirId: null, isNow: false, origin: cli });
      await modules.accounts.cancelDeletion({ userId, origin: cli });
    },
  },
  'a change of address that was only asked for': {
    ends: false,
    replaces: 'change-email',
    run: ({ modules, user, email }) =>
      modules.accounts.requestEmailChange({ user, email: `new-${email}`, origin: cli }, browser()),
  },
  'a suspension': {
    ends: true,
    run: ({ modules, user: { id: userId } }) =>
      modules.accounts.setSuspended({ userId, isSuspended: true, origin: cli }),
  },
  'a suspension that was lifted': {
    ends: true,
    run: async ({ modules, user: { id: userId } }) => {
      await modules.accounts.setSuspended({ userId, isSuspended: true, origin: cli });
      await modules.accounts.setSuspended({ userId, isSuspended: false, origin: cli });
    },
  },
  'a sign-in': {
    ends: false,
    run: ({ modules, email }) => modules.accounts.signIn({ email, password: PASSWORD }, browser()),
  },
  'a change of the profile': {
    ends: false,
    run: ({ modules, user }) =>
      modules.accounts.changeProfile({
        user,
        form: { name: 'Ada', bio: '', location: '' },
        origin: cli,
      }),
  },
};

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: AccountStage;
    let other: Modules;
    let count = 0;
    before(async () => {
      stage = await openAccounts({
        engine,
        change: (config) => ({
          ...config,
          attempts: { windowSeconds: 900, perAccount: 100, perAddress: 10_000 },
        }),
      });
      other = await stage.other();
    });
    after(() => stage.stop());

    async function begin(purpose: Purpose): Promise<{ given: Case; proof: string }> {
      const email = `person-${++count}@example.com`;
      await stage.unproved(email);
      const user = await stage.modules.storage.users.byEmail(email);
      assert.ok(user !== null);
      const given = { stage, modules: stage.modules, email, user };
      await LINKS[purpose].send(given);
      const to = purpose === 'change-email' ? `wanted-${email}` : email;
      return { given, proof: await stage.proofFor(to, purpose) };
    }

    const PURPOSES: readonly Purpose[] = ['verify-email', 'reset-password', 'change-email'];
    for (const [name, act] of Object.entries(ACTS)) {
      for (const purpose of PURPOSES) {
        const ends = act.ends || act.replaces === purpose;
        test(`${purpose} after ${name} is ${ends ? 'dead' : 'live'}`, async () => {
          const { given, proof } = await begin(purpose);
          await act.run(given);
          const { outcome } = await LINKS[purpose].use(given, proof);
          if (ends) assert.equal(outcome, 'dead-link');
          else assert.notEqual(outcome, 'dead-link');
        });
      }
    }

    test('of links of one user that are used at once through two processes, one works', async () => {
      for (let round = 0; round < 10; round++) {
        const { given, proof } = await begin('verify-email');
        await LINKS['reset-password'].send(given);
        const reset = await stage.proofFor(given.email, 'reset-password');
        const outcomes = await Promise.all([
          LINKS['verify-email'].use(given, proof),
          LINKS['reset-password'].use({ ...given, modules: other }, reset),
          LINKS['verify-email'].use({ ...given, modules: other }, proof),
        ]);
        const won = outcomes.filter(({ outcome }) => outcome !== 'dead-link');
        assert.equal(won.length, 1, JSON.stringify(outcomes));
      }
    });

    test('a link is used before a suspension that comes at once, or not at all', async () => {
      for (let round = 0; round < 10; round++) {
        const { given, proof } = await begin('verify-email');
        const { id: userId } = given.user;
        const suspend = other.accounts.setSuspended({ userId, isSuspended: true, origin: cli });
        const [{ outcome }] = await Promise.all([LINKS['verify-email'].use(given, proof), suspend]);
        await other.accounts.setSuspended({ userId, isSuspended: false, origin: cli });
        const sessions = await stage.modules.storage.sessions.ofUser(userId);
        // What signed in before is ended by the suspension; what comes after signs nobody in.
        assert.equal(sessions.length, 0, outcome);
      }
    });
  });
}
