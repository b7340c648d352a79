/** One answer of the server about a token equals every other, after any history of people, apps and the catalogue. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Role } from '../../src/identity/types.ts';
import type { Place } from '../oauth/place.ts';
import { amount, SEED, toldSeed } from '../support/chance.ts';
import type { TokenAnswer } from '../support/oauth.ts';
import { assertAgreement, assertExport } from './answers.ts';
import { assertCommandLine } from './command-line.ts';
import { CATALOGUES, History, openPlaceOf, type Refreshed } from './history.ts';
import { newInstallation, type EngineName, type Installation } from './installation.ts';

type Step = (history: History) => Promise<void> | void;

const named = (name: string, step: Step): Step =>
  Object.assign(step, { [fc.toStringMethod]: () => name });

const ALL = [0, 1, 2, 3, 4];
const some = fc.subarray(ALL, { minLength: 1 });
const nat = fc.nat({ max: 3 });

const mostly = <Value>(usual: Value, others: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others });

const wide = mostly<readonly number[]>(ALL, some);

/** A code or an hour goes by, a token ends, and the clock of the machine is set back or ahead. */
const SECONDS = [1, 61, 3601, 31 * 86_400, -1, -7200, -40 * 86_400];

const makings: fc.Arbitrary<Step> = fc
  .tuple(wide, fc.constantFrom(null, 3600, 30 * 86_400))
  .map(([names, life]) =>
    named(`token ${names.join()} for ${life}`, (history) => history.makeToken(names, life)),
  );

const connections = wide.map((names) =>
  named(`connect ${names.join()}`, async (history) =>
    assertTold(history, await history.connect(names)),
  ),
);

const services = wide.map((names) =>
  named(`serve ${names.join()}`, async (history) =>
    assertTold(history, await history.serve(names)),
  ),
);

const refreshes = fc.tuple(nat, mostly<readonly number[]>([], some)).map(([which, names]) =>
  named(`refresh ${which} ${names.join()}`, async (history) => {
    const refreshed = await history.refresh(which, names);
    if (refreshed === null) return;
    assertRefreshed(refreshed);
    await assertTold(history, refreshed.answer);
  }),
);

const switches = fc
  .tuple(nat, fc.constantFrom('disable', 'enable', 'revoke'))
  .map(([which, act]) => named(`${act} ${which}`, (history) => history.switchToken(which, act)));

const STEPS: readonly { weight: number; arbitrary: fc.Arbitrary<Step> }[] = [
  { weight: 5, arbitrary: makings },
  { weight: 5, arbitrary: connections },
  { weight: 5, arbitrary: refreshes },
  { weight: 3, arbitrary: services },
  { weight: 2, arbitrary: switches },
  {
    weight: 2,
    arbitrary: nat.map((which) =>
      named(`rotate ${which}`, (history) => history.rotateToken(which)),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom<(Role | null)[]>('owner', 'owner', 'viewer', null)
      .map((role) => named(`role ${role}`, (history) => history.setRole(role))),
  },
  {
    weight: 1,
    arbitrary: mostly(false, fc.constant(true)).map((is) =>
      named(`suspend ${is}`, (history) => history.setSuspended(is)),
    ),
  },
  {
    weight: 2,
    arbitrary: wide.map((names) =>
      named(`app ${names.join()}`, (history) => history.setAppScopes(names)),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .nat({ max: CATALOGUES.length - 1 })
      .map((which) => named(`catalogue ${which}`, (history) => history.setCatalogue(which))),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...SECONDS)
      .map((seconds) => named(`clock ${seconds}`, (history) => history.step(seconds))),
  },
  { weight: 1, arbitrary: fc.constant(named('disconnect', (history) => history.disconnect())) },
  {
    weight: 1,
    arbitrary: nat.map((which) =>
      named(`revoke ${which}`, (history) => history.revokeAccess(which)),
    ),
  },
];

/** The token endpoint tells what the token may do (RFC 6749 section 5.1), and never gives an empty one. */
async function assertTold({ place }: History, answer: TokenAnswer | null): Promise<void> {
  if (answer?.status !== 200) return;
  const headers = { authorization: `Bearer ${answer.json.access_token}` };
  const token = await fetch(`${place.base}/v2/token`, { headers });
  const json: unknown = await token.json();
  assert.equal(token.status, 200, JSON.stringify(json));
  const { scopes } = json as { scopes: readonly string[] };
  assert.equal(answer.json.scope, scopes.join(' '), 'the token response and /v2/token');
  assert.notEqual(answer.json.scope, '');
}

/** What introspection says of a refresh token is what it gives. */
function assertRefreshed({ told, answer, scope }: Refreshed): void {
  if (told.status !== 200) return assert.equal(answer.json.error, told.json.error);
  const isGiving = told.json.active === true && told.json.scope !== '';
  if (scope === '') {
    assert.equal(answer.status === 200, isGiving, JSON.stringify([told.json, answer.json]));
    if (isGiving) assert.equal(answer.json.scope, told.json.scope);
  } else if (answer.status === 200) assert.ok(isGiving);
}

const RUNS = { sqlite: amount(6, { long: 120 }), postgres: amount(2, { long: 40 }) } as const;
const ENGINES: readonly EngineName[] = ['sqlite', 'postgres'];

for (const engine of ENGINES)
  describe(engine, () => {
    let installation: Installation;
    let place: Place;
    before(async () => {
      installation = await newInstallation(engine);
      place = await openPlaceOf(installation, 0);
    });
    after(async () => {
      await place.stop();
      await installation.remove();
    });

    test('after any history, all answers about a token say the same', async (context) => {
      context.diagnostic(toldSeed);
      let issued = 0;
      let last: History | null = null;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(...STEPS), { minLength: 1, maxLength: 16, size: 'max' }),
          async (steps) => {
            await place.stop();
            place = await openPlaceOf(installation, 0);
            const history = await History.open(installation, place);
            try {
              // There is always something to compare.
              await history.makeToken(ALL, null);
              await assertTold(history, await history.connect(ALL));
              await assertTold(history, await history.serve(ALL));
              for (const step of steps) {
                await step(history);
                await assertAgreement(history);
              }
              await assertExport(history);
            } finally {
              place = history.place;
              last = history;
            }
            issued += history.calling.length;
          },
        ),
        { numRuns: RUNS[engine], seed: SEED },
      );
      await assertCommandLine(last ?? assert.fail('nothing was tried'));
      assert.ok(issued > RUNS[engine], `only ${issued} tokens were issued`);
    });
  });
