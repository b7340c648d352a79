/**
 * Two processes on one database. One of them remembers for ever in this test, and still answers what the database says, because
 * it reads what the other changed: exactly what that concerns is read again, and nothing else.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import { ACTS, OWN, party, valuesOf, type Party } from '../checker/ending-acts.ts';
import { ENGINES } from '../storage/places.ts';
import { startApiOn, type RunningApi } from '../support/api.ts';
import { runCommand } from '../support/command.ts';
import { until } from '../support/until.ts';
import { FIRST } from '../support/first-resource.ts';

/** Time does not go by, so that nothing is forgotten for its age. */
const openFollower = (api: RunningApi): Promise<Modules> =>
  openModules({ config: api.modules.config, clock: () => api.time.now, elapsed: () => 0 });

const readsOf = ({ counts }: Modules): number => counts.facts.of('database');

const verdictsOf = async (
  modules: Modules,
  values: readonly string[],
): Promise<readonly object[]> =>
  Promise.all(values.map(async (value) => modules.checker.check(value, FIRST)));

/** What somebody says who has just started. */
async function freshVerdicts(api: RunningApi, values: readonly string[]) {
  const modules = await openFollower(api);
  const verdicts = await verdictsOf(modules, values);
  await modules.close();
  return verdicts;
}

async function command(modules: Modules, ...args: readonly string[]): Promise<void> {
  const { code, said } = await runCommand(modules, args);
  assert.equal(code, 0, said);
}

for (const engine of ENGINES) {
  describe(engine, () => {
    let api: RunningApi;
    let follower: Modules;
    let others: Party;
    before(async () => {
      api = await startApiOn(engine);
      follower = await openFollower(api);
      await follower.following.poll();
      others = await party(api);
    });
    after(async () => {
      await follower.close();
      await api.stop();
    });

    for (const [name, { ends, run: act }] of Object.entries(ACTS)) {
      test(`after ${name} the other process answers what a new one would, and reads nothing of others again`, async () => {
        const own = await party(api);
        const [values, ofOthers] = [own, others].map((one) => Object.values(valuesOf(one)));
        assert.ok(values && ofOthers);
        await follower.following.poll();
        for (const verdict of await verdictsOf(follower, [...values, ...ofOthers]))
          assert.equal('outcome' in verdict && verdict.outcome, 'active');
        await act(api, own);
        await follower.following.poll();
        const before = readsOf(follower);
        await verdictsOf(follower, ofOthers);
        assert.equal(readsOf(follower), before, 'nothing of others was read again');
        assert.deepEqual(await verdictsOf(follower, values), await freshVerdicts(api, values));
        assert.ok(readsOf(follower) - before >= ends.length);
        if (ends.length === OWN.length || name.includes('person')) return;
        assert.equal(readsOf(follower) - before, ends.length, 'nothing else was read again');
      });
    }

    test('after a command a server that runs refuses the token within its interval', async () => {
      const own = await party(api);
      const server = await openFollower(api);
      const outcomeOf = async (value: string): Promise<string> =>
        (await server.checker.check(value, FIRST)).outcome;
      server.following.start((error) => assert.fail(String(error)));
      try {
        assert.equal(await outcomeOf(own.pat.value), 'active');
        await command(api.modules, 'token', 'revoke', own.pat.id);
        await until(async () => (await outcomeOf(own.pat.value)) === 'refused', 'the revocation');
        assert.equal(await outcomeOf(own.access), 'active');
        await command(api.modules, 'user', 'suspend', own.user.email);
        await until(async () => (await outcomeOf(own.access)) === 'refused', 'the suspension');
      } finally {
        await server.close();
      }
    });

    test('what was committed while nobody read is read when somebody does', async () => {
      const own = await party(api);
      await follower.following.poll();
      await verdictsOf(follower, [own.pat.value]);
      // Written and never delivered by its process, as when that is killed after the commit.
      await api.modules.storage.tokens.revoke(own.pat.id, api.time.now);
      const [early] = await verdictsOf(follower, [own.pat.value]);
      assert.equal(early && 'outcome' in early && early.outcome, 'active');
      await follower.following.poll();
      const [late] = await verdictsOf(follower, [own.pat.value]);
      assert.equal(late && 'outcome' in late && late.outcome, 'refused');
    });
  });
}
