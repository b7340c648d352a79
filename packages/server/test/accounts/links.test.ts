/** A link ends as soon as what it is for was done another way: acts by purposes, over both databases, races included. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/accounts/types.ts';
import type { Rooms } from '../../src/rooms.ts';
import { ENGINES } from '../storage/places.ts';
import { browser, NEW_PASSWORD, openAccounts, PASSWORD, type AccountStage } from './stage.ts';

const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const THIRD_PASSWORD = 'marble kettle wandering slowly';

interface Case {
  readonly stage: AccountStage;
  readonly rooms: Rooms;
  readonly email: string;
  readonly user: User;
}

/** Unproved people, for whom every kind of link can be live at once. */
const LINKS = {
  'verify-email': {
    send: async ({ rooms, user }: Case) => {
      await rooms.accounts.resendVerification(user, browser());
    },
    use: ({ rooms, user }: Case, proof: string) =>
      rooms.accounts.verifyEmail(
        { proof, browserToken: null, signedInUserId: user.id, password: null },
        browser(),
      ),
  },
  'reset-password': {
    send: async ({ rooms, email }: Case) => {
      await rooms.accounts.requestReset(email, browser());
    },
    use: ({ rooms }: Case, proof: string) =>
      rooms.accounts.resetPassword({ proof, password: THIRD_PASSWORD }, browser()),
  },
} as const;
type Purpose = keyof typeof LINKS;

interface Act {
  readonly run: (given: Case) => Promise<unknown>;
  readonly ends: boolean;
}

const ACTS: Readonly<Record<string, Act>> = {
  'a new password by page': {
    ends: true,
    run: ({ rooms, user }) =>
      rooms.accounts.changePassword(
        { user, current: PASSWORD, password: NEW_PASSWORD, keepSessionId: 'x' },
        browser(),
      ),
  },
  'a new password by link': {
    ends: true,
    run: async (given) => {
      await LINKS['reset-password'].send(given);
      const proof = await given.stage.proofFor(given.email, 'reset-password');
      return given.rooms.accounts.resetPassword({ proof, password: NEW_PASSWORD }, browser());
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
  'a suspension': {
    ends: true,
    run: ({ rooms, user: { id: userId } }) =>
      rooms.accounts.setSuspended({ userId, isSuspended: true, origin: cli }),
  },
  'a suspension that was lifted': {
    ends: true,
    run: async ({ rooms, user: { id: userId } }) => {
      await rooms.accounts.setSuspended({ userId, isSuspended: true, origin: cli });
      await rooms.accounts.setSuspended({ userId, isSuspended: false, origin: cli });
    },
  },
  'a sign-in': {
    ends: false,
    run: ({ rooms, email }) => rooms.accounts.signIn({ email, password: PASSWORD }, browser()),
  },
  'a change of the profile': {
    ends: false,
    run: ({ rooms, user }) =>
      rooms.accounts.changeProfile({
        user,
        form: { name: 'Ada', bio: '', location: '' },
        origin: cli,
      }),
  },
};

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: AccountStage;
    let other: Rooms;
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
      const user = await stage.rooms.storage.users.byEmail(email);
      assert.ok(user !== null);
      const given = { stage, rooms: stage.rooms, email, user };
      await LINKS[purpose].send(given);
      return { given, proof: await stage.proofFor(email, purpose) };
    }

    const PURPOSES: readonly Purpose[] = ['verify-email', 'reset-password'];
    for (const [name, act] of Object.entries(ACTS)) {
      for (const purpose of PURPOSES) {
        test(`${purpose} after ${name} is ${act.ends ? 'dead' : 'live'}`, async () => {
          const { given, proof } = await begin(purpose);
          await act.run(given);
          const { outcome } = await LINKS[purpose].use(given, proof);
          if (act.ends) assert.equal(outcome, 'dead-link');
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
          LINKS['reset-password'].use({ ...given, rooms: other }, reset),
          LINKS['verify-email'].use({ ...given, rooms: other }, proof),
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
        const sessions = await stage.rooms.storage.sessions.ofUser(userId);
        // What signed in before is ended by the suspension; what comes after signs nobody in.
        assert.equal(sessions.length, 0, outcome);
      }
    });
  });
}
