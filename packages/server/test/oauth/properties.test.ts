/** No sequence of requests gets past the consent, the app's ceiling or the user's rights, and what is over stays over. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { opaqueTokens } from '../../src/oauth/tokens/readers.ts';
import { createChecker } from '../../src/checker/checker.ts';
import { purge } from '../../src/compose/jobs.ts';
import { parseCredential } from '../../src/oauth/tokens/format.ts';
import { amount, SEED, toldSeed } from '../support/chance.ts';
import type { Role } from '../../src/identity/types.ts';
import { FIRST } from '../support/first-resource.ts';
import { ENGINES, openDesk, type Desk } from './desk.ts';
import { ROLES, SCOPES, World } from './model.ts';

type Step = (world: World, desk: Desk) => Promise<void>;

const subset = fc.subarray(SCOPES);
const some = fc.subarray(SCOPES, { minLength: 1 });
const nat = fc.nat({ max: 7 });

const named = (name: string, step: Step): Step =>
  Object.assign(step, { [fc.toStringMethod]: () => name });

/** Times at which something changes: a retry, a code, an access token, a refresh token. */
const WAITS = [1, 19, 21, 59, 61, 3601, 31 * 86_400];

/** Mostly as it should be: a world in which nothing works proves little. */
const mostly = <Value>(usual: Value, others: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others });

const authorizing = fc
  .tuple(some, subset)
  .map(([asked, ticked]) =>
    named(`authorize ${asked.join()} ticked ${ticked.join()}`, (world) =>
      world.authorize(asked, ticked),
    ),
  );

const revisiting = some.map((asked) =>
  named(`revisit ${asked.join()}`, (world) => world.revisit(asked)),
);

const connecting = fc
  .tuple(mostly<readonly string[]>(SCOPES, some), subset)
  .map(([asked, ticked]) =>
    named(`connect ${asked.join()} ticked ${ticked.join()}`, async (world) => {
      await world.authorize(asked, ticked);
      await world.exchange(world.codes.length - 1);
    }),
  );

/** Families are counted from the newest. */
const refreshing = fc
  .tuple(mostly(0, nat), mostly(0, fc.constantFrom(1, 1, 1, 2, 3)), mostly([], subset))
  .map(([which, back, asked]) =>
    named(`refresh ${which} -${back} ${asked.join()}`, (world) =>
      world.refresh(Math.max(0, world.families.length - 1 - which), back, asked),
    ),
  );

const waiting = mostly(1, fc.constantFrom(...WAITS)).map((seconds) =>
  named(`wait ${seconds}`, async (world, desk) => {
    desk.time.now += seconds;
    world.pass();
    await purge(desk.modules);
  }),
);

const STEPS: readonly { weight: number; arbitrary: fc.Arbitrary<Step> }[] = [
  { weight: 2, arbitrary: authorizing },
  { weight: 2, arbitrary: revisiting },
  { weight: 5, arbitrary: connecting },
  { weight: 10, arbitrary: refreshing },
  { weight: 2, arbitrary: waiting },
  {
    weight: 2,
    arbitrary: nat.map((which) => named(`exchange ${which}`, (world) => world.exchange(which))),
  },
  {
    weight: 2,
    arbitrary: mostly<Role | null>('owner', fc.constantFrom(...ROLES)).map((role) =>
      named(`role ${role}`, (world) => world.setRole(role)),
    ),
  },
  {
    weight: 2,
    arbitrary: mostly<readonly string[]>(SCOPES, some).map((scopes) =>
      named(`ceiling ${scopes.join()}`, (world) => world.setCeiling(scopes)),
    ),
  },
  {
    weight: 1,
    arbitrary: mostly(false, fc.constant(true)).map((is) =>
      named(`suspend ${is}`, (world) => world.setSuspended(is)),
    ),
  },
  {
    weight: 1,
    arbitrary: mostly(false, fc.constant(true)).map((is) =>
      named(`disable ${is}`, (world) => world.setDisabled(is)),
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(nat, fc.boolean())
      .map(([which, isOther]) =>
        named(`use ${which}`, (world, desk) =>
          world.use(
            Math.max(0, world.accesses.length - 1 - which),
            isOther ? desk.other : desk.modules,
          ),
        ),
      ),
  },
  { weight: 1, arbitrary: fc.constant(named('disconnect', (world) => world.disconnect())) },
  {
    weight: 1,
    arbitrary: nat.map((which) => named(`revoke ${which}`, (world) => world.revoke(which))),
  },
];

async function assertHolds(world: World, desk: Desk): Promise<void> {
  const observer = createChecker({
    source: desk.modules.storage.credentials,
    readers: [opaqueTokens('gate')],
    catalogues: desk.modules.catalogues,
    clock: () => desk.time.now,
    elapsed: () => desk.time.now * 1000,
  });
  // As another process sees it that remembers nothing.
  desk.other.readers.dropEverything();
  for (const access of world.accesses) {
    const expected = world.expected(access);
    // What would count as a use is looked at by who notes none; the step that uses it asks the processes.
    const isNews = access.family.isRetriable && access.generation === access.family.generation;
    for (const checker of isNews ? [observer] : [desk.modules.checker, desk.other.checker]) {
      const verdict = await checker.check(access.value, FIRST);
      const scopes = verdict.outcome === 'active' ? verdict.scopes : null;
      if (scopes === null && world.isGivenUp(access)) continue;
      assert.deepEqual(scopes?.toSorted(), expected?.toSorted());
      for (const name of scopes ?? []) assert.ok(access.family.consent.scopes.has(name), name);
    }
  }
}

/** Long after everything ended, only the record of the grant is left. */
async function assertNothingIsLeft(world: World, desk: Desk): Promise<void> {
  desk.time.now += 400 * 86_400;
  await purge(desk.modules);
  const { codes, families, accessTokens } = desk.modules.storage;
  const idOf = (value: string | undefined) => parseCredential('gate', value ?? '')?.id ?? '';
  for (const { value } of world.codes) assert.equal(await codes.standing(idOf(value)), null);
  for (const { value } of world.accesses) assert.equal(await accessTokens.byId(idOf(value)), null);
  for (const { refreshTokens } of world.families)
    assert.equal(await families.standing(idOf(refreshTokens[0])), null);
}

const RUNS = { sqlite: amount(80, { long: 800 }), postgres: amount(8, { long: 80 }) } as const;

for (const engine of ENGINES) {
  describe(engine, () => {
    let desk: Desk;
    before(async () => {
      desk = await openDesk(engine);
    });
    after(() => desk.close());

    test('after any history, what a token may do is what was allowed, may be asked for and is held now', async (context) => {
      context.diagnostic(toldSeed);
      let used = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(...STEPS), { minLength: 8, maxLength: 40, size: 'max' }),
          async (steps) => {
            const world = await World.open(desk);
            for (const step of steps) {
              await step(world, desk);
              await assertHolds(world, desk);
            }
            used += world.accesses.length;
            await assertNothingIsLeft(world, desk);
          },
        ),
        { numRuns: RUNS[engine], seed: SEED },
      );
      // Chance decides how many; far fewer than on average, and hardly anything was tried.
      assert.ok(used > RUNS[engine] / 2, `only ${used} tokens were issued`);
    });
  });
}
