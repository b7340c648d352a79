/** What strangers do to an account by failing on purpose, and what they cannot do. Seeded: a failure prints its seed. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Visitor } from '../../src/identity/context.ts';
import { PasswordQueueFull } from '../../src/identity/authentication/password.ts';
import type { User } from '../../src/identity/types.ts';
import { ENGINES } from '../storage/places.ts';
import { amount, SEED, toldSeed } from '../support/chance.ts';
import {
  browser,
  cheapHasher,
  NEW_PASSWORD,
  openAccounts,
  PASSWORD,
  type AccountStage,
} from './stage.ts';

const GUESSES = 10;
const GUESS_WINDOW = 900;
const MAILS = 5;
const MAIL_WINDOW = 1800;

let networks = 0;
/** Every call comes from a network of its own: only limits of the account count. */
const elsewhere = (deviceToken: string | null = null): Visitor => {
  networks += 1;
  return browser(
    `2001:db8:${(networks >> 16).toString(16)}:${(networks & 0xffff).toString(16)}::1`,
    deviceToken,
  );
};

/** One person under attack. */
class Siege {
  readonly stage: AccountStage;
  readonly user: User;
  readonly startedAt: number;
  readonly ownBrowser = elsewhere(`the browser of ${networks}`);
  password = PASSWORD;
  judged = 0;
  /** Sign-ins of the owner in new browsers, each of which starts the count of guesses afresh. */
  freshStarts = 0;
  /** New passwords, each of which ended every link, so that the count of messages starts afresh. */
  resets = 0;

  constructor(stage: AccountStage, user: User) {
    this.stage = stage;
    this.user = user;
    this.startedAt = stage.time.now;
  }

  async guess(): Promise<void> {
    const form = { email: this.user.email, password: 'not the password' };
    const { outcome } = await this.stage.modules.accounts.signIn(
      form,
      elsewhere('a made-up cookie'),
    );
    if (outcome === 'refused') this.judged += 1;
  }

  async recover(visitor = elsewhere()): Promise<void> {
    const { outcome } = await this.stage.modules.accounts.requestReset(this.user.email, visitor);
    assert.equal(outcome, 'sent');
    assert.notEqual(await this.liveLink(), null, 'the mailbox holds a live link');
  }

  async signUp(): Promise<void> {
    const form = { name: 'Mallory', email: this.user.email, password: NEW_PASSWORD };
    const { outcome } = await this.stage.modules.accounts.signUp(form, elsewhere());
    assert.equal(outcome, 'sent');
  }

  /** The newest link in the mailbox that still works. */
  async liveLink(): Promise<string | null> {
    const { modules } = this.stage;
    for (const notice of await this.stage.mailTo(this.user.email)) {
      if (notice.kind !== 'reset-password') continue;
      const [, proof = ''] = /proof=(\S+)/.exec(modules.renderMail(notice).text) ?? [];
      if (await modules.accounts.isResetLive(proof)) return proof;
    }
    return null;
  }

  async signIn(visitor: Visitor): Promise<string> {
    const form = { email: this.user.email, password: this.password };
    return (await this.stage.modules.accounts.signIn(form, visitor)).outcome;
  }

  async comeBackInKnownBrowser(): Promise<void> {
    assert.equal(await this.signIn(this.ownBrowser), 'signed-in');
  }

  /** The stated way in from a new browser: a message, a link, a new password. */
  async comeBackByMail(): Promise<void> {
    const visitor = elsewhere(`new browser ${networks}`);
    await this.recover(visitor);
    const proof = await this.liveLink();
    assert.ok(proof !== null);
    this.password = this.password === PASSWORD ? NEW_PASSWORD : PASSWORD;
    const form = { proof, password: this.password };
    const { outcome } = await this.stage.modules.accounts.resetPassword(form, visitor);
    assert.equal(outcome, 'reset');
    this.resets += 1;
    assert.equal(await this.signIn(visitor), 'signed-in');
    // It is the one known browser from then on.
    Object.assign(this.ownBrowser, { deviceToken: visitor.deviceToken });
  }

  async comeBackInNewBrowser(): Promise<void> {
    const outcome = await this.signIn(elsewhere());
    if (outcome === 'signed-in') this.freshStarts += 1;
    else assert.equal(outcome, 'limited');
  }

  async check(): Promise<void> {
    const elapsed = this.stage.time.now - this.startedAt;
    const windows = Math.floor(elapsed / GUESS_WINDOW) + 1 + this.freshStarts;
    assert.ok(this.judged <= GUESSES * windows, `${this.judged} guesses in ${elapsed} s`);
    const mails = await this.stage.mailTo(this.user.email);
    const most = MAILS * (Math.floor(elapsed / MAIL_WINDOW) + 1);
    const sentOf = (kind: string) => mails.filter((notice) => notice.kind === kind).length;
    assert.ok(sentOf('address-in-use') <= most);
    assert.ok(sentOf('reset-password') <= most + MAILS * this.resets, `in ${elapsed} s`);
  }
}

const times = (count: number, work: () => Promise<void>): Promise<void> =>
  Array.from({ length: count }).reduce<Promise<void>>(
    (before) => before.then(work),
    Promise.resolve(),
  );

type Step = readonly [name: string, act: (siege: Siege) => Promise<unknown>];

const strangers: readonly Step[] = [
  ['guesses', (siege) => times(12, () => siege.guess())],
  ['one guess', (siege) => siege.guess()],
  ['guesses at once', (siege) => Promise.all(Array.from({ length: 20 }, () => siege.guess()))],
  ['recoveries', (siege) => times(7, () => siege.recover())],
  ['one recovery', (siege) => siege.recover()],
  ['sign-ups', (siege) => times(7, () => siege.signUp())],
];
const waits: readonly Step[] = [1, 60, 899, 900, 1799, 1800, 3599, 3600].map((seconds) => [
  `wait ${seconds}`,
  async ({ stage }) => {
    stage.time.now += seconds;
  },
]);
const owner: readonly Step[] = [
  ['the owner in a known browser', (siege) => siege.comeBackInKnownBrowser()],
  ['the owner by mail', (siege) => siege.comeBackByMail()],
  ['the owner in a new browser', (siege) => siege.comeBackInNewBrowser()],
];

const step = fc
  .oneof(
    { weight: 5, arbitrary: fc.constantFrom(...strangers) },
    { weight: 3, arbitrary: fc.constantFrom(...waits) },
    { weight: 2, arbitrary: fc.constantFrom(...owner) },
  )
  .map(([name, act]) => Object.assign([name, act] as const, { [fc.toStringMethod]: () => name }));

const RUNS = { sqlite: amount(25, { long: 250 }), postgres: amount(10, { long: 100 }) };

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: AccountStage;
    let count = 0;
    before(async () => {
      stage = await openAccounts({ engine });
    });
    after(() => stage.stop());

    async function siege(): Promise<Siege> {
      count += 1;
      stage.time.now += 7200;
      const begun = new Siege(stage, await stage.person(`person-${count}@example.com`));
      await begun.comeBackInKnownBrowser();
      return begun;
    }

    test('whatever strangers do, known browsers and the mailbox get in, within the bounds on guesses and mail', async (context) => {
      context.diagnostic(toldSeed);
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          const begun = await siege();
          for (const [, act] of steps) {
            await act(begun);
            await begun.check();
          }
          await begun.comeBackInKnownBrowser();
          await begun.comeBackByMail();
        }),
        { numRuns: RUNS[engine], seed: SEED },
      );
    });

    test('22 requests of a stranger shut nobody out: recovery answers, and a link works', async () => {
      const begun = await siege();
      await times(11, () => begun.recover());
      await times(11, () => begun.guess());
      assert.equal(await begun.signIn(elsewhere()), 'limited');
      await begun.comeBackByMail();
    });

    test('beyond the limit nothing is sent, and a known browser still gets a message', async () => {
      const begun = await siege();
      await times(20, () => begun.recover());
      const sent = async () => (await stage.mailTo(begun.user.email)).length;
      assert.equal(await sent(), MAILS);
      await begun.recover(begun.ownBrowser);
      assert.equal(await sent(), MAILS + 1);
      await times(20, () => begun.recover(begun.ownBrowser));
      assert.equal(await sent(), 2 * MAILS);
    });

    test('an address that nobody has is sent as little', async () => {
      const email = `nobody-${engine}@example.com`;
      for (let index = 0; index < 20; index++)
        await stage.modules.accounts.requestReset(email, elsewhere());
      const kinds = (await stage.mailTo(email)).map(({ kind }) => kind);
      assert.deepEqual(
        kinds,
        Array.from({ length: MAILS }, () => 'no-such-account'),
      );
    });

    test('a network over its limit asks for nobody, and a known browser in it does', async () => {
      const begun = await siege();
      const neighbour = browser('198.51.100.9');
      for (let index = 0; index < 50; index++)
        await stage.modules.accounts.requestReset(`someone-${index}@example.com`, neighbour);
      const ask = (visitor: Visitor) =>
        stage.modules.accounts.requestReset(begun.user.email, visitor);
      assert.equal((await ask(neighbour)).outcome, 'limited');
      const own = { ...neighbour, deviceToken: begun.ownBrowser.deviceToken };
      assert.equal((await ask(own)).outcome, 'sent');
    });

    test('a stranger cannot use up the links of somebody who has yet to prove the address', async () => {
      const email = `unproved-${engine}@example.com`;
      await stage.unproved(email, elsewhere());
      const user = await stage.modules.storage.users.byEmail(email);
      assert.ok(user !== null);
      for (let index = 0; index < 12; index++) {
        await stage.modules.accounts.requestReset(email, elsewhere());
        const form = { email, password: 'not the password' };
        await stage.modules.accounts.signIn(form, elsewhere());
      }
      const again = await stage.modules.accounts.resendVerification(user, elsewhere());
      assert.equal(again.outcome, 'sent');
      const proof = await stage.proofFor(email, 'verify-email');
      const request = { proof, browserToken: null, signedInUserId: null, password: PASSWORD };
      const verified = await stage.modules.accounts.verifyEmail(request, elsewhere());
      assert.equal(verified.outcome, 'verified');
    });
  });
}

test('a password that could not be judged was no guess', async () => {
  const hasher = cheapHasher();
  const full = { isTrue: false };
  const stage = await openAccounts({
    passwords: {
      ...hasher,
      waiting: 0,
      verify(...given) {
        if (full.isTrue) return Promise.reject(new PasswordQueueFull());
        return hasher.verify(...given);
      },
    },
  });
  try {
    const { accounts } = stage.modules;
    await stage.person('flooded@example.com');
    full.isTrue = true;
    const form = { email: 'flooded@example.com', password: PASSWORD };
    for (let index = 0; index < 30; index++) {
      await assert.rejects(accounts.signIn(form, browser()), PasswordQueueFull);
    }
    full.isTrue = false;
    for (let index = 0; index < GUESSES; index++) {
      const wrong = { ...form, password: 'not the password' };
      assert.equal((await accounts.signIn(wrong, browser())).outcome, 'refused');
    }
    assert.equal((await accounts.signIn(form, browser())).outcome, 'limited');
  } finally {
    await stage.stop();
  }
});
