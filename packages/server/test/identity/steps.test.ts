/** No order of steps begins a session without every factor that the policy asks for, whatever factors there are. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { ProvedFactor } from '../../src/identity/authentication/factor.ts';
import type { AnyFactor } from '../../src/identity/authentication/factors.ts';
import { nobodyAt } from '../../src/identity/authentication/nobody.ts';
import {
  identified,
  settle,
  stillNeeded,
  withFactor,
  type SignIn,
} from '../../src/identity/authentication/steps.ts';
import type { User } from '../../src/identity/types.ts';
import { ENGINES } from '../storage/places.ts';
import { amount, SEED, toldSeed } from '../support/chance.ts';
import { openAccounts, type AccountStage } from './stage.ts';

const METHODS = ['pwd', 'email', 'otp', 'hwk', 'sms'] as const;

interface Kind {
  readonly isEnough: boolean;
  readonly isSetUp: boolean;
}

interface Step {
  readonly method: (typeof METHODS)[number];
  readonly isOwn: boolean;
  /** Whether the evidence still holds when the session begins. */
  readonly holds: boolean;
  readonly at: number;
}

const kind: fc.Arbitrary<Kind> = fc.record({ isEnough: fc.boolean(), isSetUp: fc.boolean() });
const kinds = fc.tuple(kind, kind, kind, kind, kind);
const mostly = fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.boolean());
const step: fc.Arbitrary<Step> = fc.record({
  method: fc.constantFrom(...METHODS),
  isOwn: mostly,
  holds: mostly,
  at: fc.nat(),
});
const steps = fc.array(step, { maxLength: 7 });
const asks = fc.array(fc.subarray([...METHODS]), { maxLength: 2 });

const registryOf = (all: readonly Kind[]): readonly AnyFactor[] =>
  all.map(({ isEnough, isSetUp }, index) => ({
    method: METHODS[index] ?? '',
    name: METHODS[index] ?? '',
    isEnough,
    isGuessable: true,
    isSetUp: () => isSetUp,
  }));

const factorOf = (user: Pick<User, 'id'>, { method, isOwn, holds, at }: Step): ProvedFactor => ({
  method,
  userId: isOwn ? user.id : 'somebody else',
  at,
  redeem: async () => holds,
});

/** What the policy comes to, said another way. */
function mayBegin(
  all: readonly Kind[],
  wanted: readonly (readonly string[])[],
  done: readonly Step[],
) {
  const own = done.filter(({ isOwn }) => isOwn);
  const proved = all.filter((_kind, n) => own.some(({ method }) => method === METHODS[n]));
  const needsMore = all.some(({ isEnough, isSetUp }) => !isEnough && isSetUp);
  return (
    own.every(({ holds }) => holds) &&
    proved.some(({ isEnough }) => isEnough) &&
    (!needsMore || proved.some(({ isEnough, isSetUp }) => !isEnough && isSetUp)) &&
    wanted.every((any) => own.some(({ method }) => any.includes(method)))
  );
}

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: AccountStage;
    let user: User;
    before(async () => {
      stage = await openAccounts({ engine });
      user = await stage.person('steps@example.com');
    });
    after(() => stage.stop());

    const settledOf = (signIn: SignIn, registry?: readonly AnyFactor[]) =>
      stage.modules.storage.transaction((stores) => settle(stores, signIn, registry));

    test('a sign-in is settled when nothing is missing and everything holds, and at no other time', async () => {
      let settled = 0;
      const property = fc.asyncProperty(kinds, asks, steps, async (all, wanted, done) => {
        const registry = registryOf(all);
        let signIn = identified(user, wanted);
        let needed = stillNeeded(signIn, registry).length;
        for (const one of done) {
          signIn = withFactor(signIn, factorOf(user, one));
          const left = stillNeeded(signIn, registry).length;
          assert.ok(left <= needed, 'a factor never asks for more');
          needed = left;
        }
        const found = await settledOf(signIn, registry);
        assert.equal(found !== null, mayBegin(all, wanted, done));
        if (found === null) return;
        settled += 1;
        const own = done
          .filter(({ isOwn }) => isOwn)
          .map(({ method, at }) => [method, at] as const);
        assert.deepEqual(found.amr, Object.fromEntries(own));
      });
      await fc.assert(property, { seed: SEED, numRuns: amount(300, { long: 5000 }) });
      assert.ok(settled > 10, `only ${settled} were settled, ${toldSeed}`);
    });

    test('nobody is signed in, whatever was proved', async () => {
      const nobody = nobodyAt('nobody@example.com');
      for (const method of METHODS) {
        const proved = factorOf(nobody, { method, isOwn: true, holds: true, at: 1 });
        const signIn = withFactor(identified(nobody), proved);
        assert.deepEqual(stillNeeded(signIn), [[]]);
        assert.equal(await settledOf(signIn), null);
      }
    });

    test('somebody who is suspended since, or gone, is not', async () => {
      const proved = factorOf(user, { method: 'pwd', isOwn: true, holds: true, at: 1 });
      const signIn = withFactor(identified(user), proved);
      const { users } = stage.modules.storage;
      await users.update(user.id, { suspendedAt: 1 });
      assert.equal(await settledOf(signIn), null);
      await users.update(user.id, { suspendedAt: null });
      assert.notEqual(await settledOf(signIn), null);
      const gone = { ...user, id: crypto.randomUUID() };
      const other = withFactor(identified(gone), { ...proved, userId: gone.id });
      assert.equal(await settledOf(other), null);
    });

    test('a factor that was set up while others were proved is asked for', async () => {
      const proved = factorOf(user, { method: 'pwd', isOwn: true, holds: true, at: 1 });
      const name = 'Ada with a key';
      const registry: readonly AnyFactor[] = [
        { method: 'pwd', name: 'password', isEnough: true, isGuessable: true, isSetUp: () => true },
        {
          method: 'otp',
          name: 'code',
          isEnough: false,
          isGuessable: true,
          isSetUp: (one) => one.name === name,
        },
      ];
      const signIn = withFactor(identified(await stage.reread(user)), proved);
      assert.notEqual(await settledOf(signIn, registry), null);
      await stage.modules.storage.users.update(user.id, { name });
      assert.equal(await settledOf(signIn, registry), null);
    });
  });
}
