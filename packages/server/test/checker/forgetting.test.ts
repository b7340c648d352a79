/**
 * Whatever ends or narrows access is answered at once, and what the checker remembers of others stays: a stranger must not be
 * able to make everybody's next request ask the database.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startApiOn, type RunningApi } from '../support/api.ts';
import { ENGINES } from '../storage/places.ts';
import { FIRST } from '../support/first-resource.ts';
import { ACTS, OWN, party, valuesOf, type Party } from './ending-acts.ts';

for (const engine of ENGINES) {
  describe(engine, () => {
    let api: RunningApi;
    let others: Party;
    before(async () => {
      api = await startApiOn(engine);
      others = await party(api);
    });
    after(() => api.stop());

    const readsOf = (): number => api.modules.counts.facts.of('database');
    const outcomeOf = async (value: string): Promise<string> =>
      (await api.modules.checker.check(value, FIRST)).outcome;

    for (const [name, { ends, run }] of Object.entries(ACTS)) {
      test(`${name} leaves what is remembered of others`, async () => {
        const own = await party(api);
        for (const value of [...Object.values(valuesOf(own)), ...Object.values(valuesOf(others))])
          assert.equal(await outcomeOf(value), 'active');
        await run(api, own);
        const before = readsOf();
        for (const value of Object.values(valuesOf(others)))
          assert.equal(await outcomeOf(value), 'active');
        assert.equal(readsOf(), before, 'nothing of theirs was read again');
        const values = valuesOf(own);
        for (const kind of ends) {
          const reads = readsOf();
          await outcomeOf(values[kind]);
          assert.equal(readsOf(), reads + 1, `${kind} is read again`);
        }
        if (ends.length === OWN.length) return;
        const kept = OWN.filter((kind) => !ends.includes(kind));
        if (name.includes('person')) return;
        const reads = readsOf();
        for (const kind of kept) assert.equal(await outcomeOf(values[kind]), 'active');
        assert.equal(readsOf(), reads, 'what did not end is remembered');
      });
    }
  });
}
