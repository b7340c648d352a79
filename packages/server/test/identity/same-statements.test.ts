/**
 * Whether an address has an account cannot be told by the time of an answer when both take the same statements, in the
 * same transactions. Counted, not timed, over both databases.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createIdentity, type Identity } from '../../src/identity/identity.ts';
import type { AccountStorage } from '../../src/identity/ports.ts';
import { deriveKeys } from '../../src/keys/keys.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { ENGINES } from '../storage/places.ts';
import { type AccountStage, browser, cheapHasher, cli, openAccounts, PASSWORD } from './stage.ts';

type Methods = Readonly<Record<string, unknown>>;

/** The same stores, each call of which is written down by name. */
function listening<Stores extends object>(stores: Stores, calls: string[]): Stores {
  const listen = (store: string, methods: Methods): Methods =>
    Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        typeof method !== 'function'
          ? method
          : (...given: unknown[]): unknown => {
              calls.push(`${store}.${name}`);
              return method(...given);
            },
      ]),
    );
  const all = Object.entries(stores).map(([name, store]) => [
    name,
    typeof store === 'object' && store !== null ? listen(name, { ...store }) : store,
  ]);
  // The same keys, each with the same methods.
  return Object.fromEntries(all) as Stores;
}

function accountsOf({ modules }: AccountStage, calls: string[]): Identity {
  const { storage, config } = modules;
  const heard: AccountStorage = {
    ...listening(storage, calls),
    async transaction(work) {
      calls.push('begin');
      const result = await storage.transaction((stores) => work(listening(stores, calls)));
      calls.push('commit');
      return result;
    },
  };
  const hasher = cheapHasher();
  return createIdentity({
    storage: heard,
    passwords: {
      get waiting() {
        return hasher.waiting;
      },
      hash(...given) {
        calls.push('hash');
        return hasher.hash(...given);
      },
      verify(...given) {
        calls.push('verify');
        return hasher.verify(...given);
      },
    },
    clock: modules.clock,
    randomBytes,
    brandName: 'Gatehouse',
    policy: config,
    rules: modules.rules,
    proofKeys: deriveKeys(config.masterSecrets, 'e-mail proof'),
    onDropped: () => undefined,
    onMail: () => calls.push('mail'),
  });
}

const KINDS = [
  'known',
  'unproved',
  'suspended',
  'leaving',
  'dismissed',
  'unknown',
  'held',
  'passwordless',
] as const;

interface Asking {
  readonly stage: AccountStage;
  readonly calls: string[];
}

type AskAbout = (accounts: Identity, email: string, asking: Asking) => Promise<unknown>;

let count = 0;
const someone = (): string => `someone-${++count}@example.com`;

/** The sign-up of the browser that corrects its address is not what is counted. */
const correcting =
  (signUp: (stage: AccountStage) => Promise<{ browserToken: string }>): AskAbout =>
  async (accounts, email, { stage, calls }) => {
    const { browserToken } = await signUp(stage);
    calls.length = 0;
    return accounts.correctEmail({ email, browserToken }, browser(`203.0.113.${count % 250}`));
  };

const ACTS: Readonly<Record<string, AskAbout>> = {
  'signing in': (accounts, email) =>
    accounts.signIn({ email, password: 'not the password' }, browser('192.0.2.7', 'a cookie')),
  'asking for a new password': (accounts, email) =>
    accounts.requestReset(email, browser('192.0.2.8', 'a cookie')),
  'signing up': (accounts, email) =>
    accounts.signUp({ name: 'Ada', email, password: PASSWORD }, browser('192.0.2.9')),
  'changing an address': async (accounts, email, { stage, calls }) => {
    const user = await stage.person(someone());
    calls.length = 0;
    const change = { user, email, origin: cli };
    return accounts.requestEmailChange(change, browser(`198.51.100.${count % 250}`));
  },
  'correcting an address': correcting((stage) => stage.unproved(someone())),
  // Such a sign-up makes no user, and the browser must not find that out by its correction.
  'correcting the address of a sign-up that was taken': correcting(async (stage) => {
    const { email } = await stage.person(someone());
    return stage.unproved(email);
  }),
};

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: AccountStage;
    before(async () => {
      // The limits of an address on the network are no matter of accounts.
      stage = await openAccounts({
        engine,
        change: (config) => ({
          ...config,
          attempts: { windowSeconds: 900, perAccount: 10, perAddress: 10_000 },
        }),
      });
    });
    after(() => stage.stop());

    async function addresses(act: string): Promise<readonly string[]> {
      const [known, unproved, suspended, leaving, dismissed, unknown, held, passwordless] =
        KINDS.map((kind) => `${kind}.${act.replaceAll(' ', '.')}@example.com`);
      assert.ok(known && unproved && suspended && leaving && dismissed && unknown && held);
      assert.ok(passwordless);
      await stage.person(known);
      const { id } = await stage.person(passwordless);
      await stage.modules.storage.users.update(id, { passwordHash: null });
      await stage.unproved(unproved);
      const { id: userId } = await stage.person(suspended);
      const origin = cli;
      await stage.modules.accounts.setSuspended({ userId, isSuspended: true, origin });
      await stage.changeEmail(await stage.person(held), `new.${held}`);
      for (const email of [leaving, dismissed]) {
        const { id } = await stage.person(email);
        // The person alone can keep what they began themselves.
        const actorId = email === leaving ? id : null;
        const request = { userId: id, heirId: null, isNow: false, origin: { ...cli, actorId } };
        const { outcome } = await stage.modules.accounts.requestDeletion(request);
        assert.equal(outcome, 'requested');
      }
      // What was sent on the way here counts no more.
      stage.time.now += 3600;
      return [known, unproved, suspended, leaving, dismissed, unknown, held, passwordless];
    }

    for (const [name, act] of Object.entries(ACTS)) {
      test(`${name} takes the same statements for every address, within the limits and beyond`, async () => {
        const emails = await addresses(name);
        // Beyond every limit of an address: five messages, ten guesses.
        for (let round = 0; round < 12; round++) {
          const taken = [];
          for (const email of emails) {
            const calls: string[] = [];
            await act(accountsOf(stage, calls), email, { stage, calls });
            taken.push(calls);
          }
          assert.ok((taken[0]?.length ?? 0) >= 5, String(taken[0]));
          for (const [index, calls] of taken.entries()) {
            assert.deepEqual(calls, taken[0], `${KINDS[index]}, round ${round}`);
          }
        }
      });
    }
  });
}
