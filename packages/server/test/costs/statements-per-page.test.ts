/** However many rows a page shows, and however many its owner has: it runs the same statements. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ENGINES } from '../storage/places.ts';
import { nameOf } from './acts.ts';
import { addressOf, isShowing, look, lookAs, type Looking } from './pages.ts';
import { openCostStage, type Person, type Stage } from './people.ts';
import { enrich, type Riches } from './riches.ts';
import { noteStatements, type Statement } from './statements.ts';

const FEW = 3;
const MANY = 60;

const statements = noteStatements();

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: Stage;
    let few: Looking;
    let many: Looking;
    before(async () => {
      stage = await openCostStage(engine);
      const rich = async (count: number): Promise<Looking> => {
        const me: Person = await stage.person();
        const riches: Riches = await enrich(stage, me, { count });
        return lookAs(stage, me, riches);
      };
      few = await rich(FEW);
      many = await rich(MANY);
    });
    after(() => stage.running.stop());

    test('every page and every answer', async () => {
      const grown: string[] = [];
      let looked = 0;
      for (const route of stage.running.app.routes.filter(isShowing)) {
        const run = async (as: Looking): Promise<readonly Statement[]> => {
          const address = addressOf(route, as.riches);
          // Once before: what is kept for some seconds is there both times.
          await look(as, route, address);
          statements.take();
          await look(as, route, address);
          return statements.take();
        };
        const [little, much] = [await run(few), await run(many)];
        looked += 1;
        if (little.length !== much.length)
          grown.push(`${nameOf(route)}: ${little.length}, then ${much.length}: ${repeated(much)}`);
      }
      assert.deepEqual(grown, []);
      assert.ok(looked > 50, String(looked));
    });
  });
}

/** The statement that ran most often. */
function repeated(all: readonly Statement[]): string {
  const counts = Map.groupBy(all, ({ text }) => text);
  const [most] = [...counts].toSorted(([, left], [, right]) => right.length - left.length);
  return `${most?.[1].length} times ${most?.[0]}`;
}
