/**
 * Whatever a route, a job or a list of the command line runs, no statement reads a whole table or sorts what it read, on both
 * databases. The statements are those that ran, so that a new one is among them.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { databaseFile } from '../../src/storage/database-file.ts';
import { ENGINES } from '../storage/places.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { openCostStage, type Stage } from './people.ts';
import { postgresPlanner, sqlitePlanner, type Planner } from './plans.ts';
import { runEverything } from './everything.ts';
import { noteStatements, type Statement } from './statements.ts';

const statements = noteStatements();

for (const engine of ENGINES) {
  describe(engine, () => {
    let stage: Stage;
    let planner: Planner;
    let ran: readonly Statement[];
    before(async () => {
      stage = await openCostStage(engine);
      statements.take();
      await runEverything(stage);
      const noted = statements.take();
      ran = [...new Map(noted.map((one) => [one.text, one])).values()];
      const { storage } = stage.running.app.config;
      planner =
        storage.databaseUrl === null
          ? sqlitePlanner(databaseFile(storage.dataDirectory))
          : await postgresPlanner(storage.databaseUrl);
    });
    after(async () => {
      await planner.close();
      await stage.running.stop();
    });

    test('no statement costs what all rows together cost', async () => {
      const needed = new Set<string>();
      const faults: string[] = [];
      for (const statement of ran) {
        const { text } = statement;
        const found = await planner.faultsOf(statement);
        if (found.length === 0) continue;
        const exception = EXCEPTIONS.find((one) => one.statement.test(text));
        if (exception === undefined) faults.push(`${found.join('; ')}: ${text}`);
        else needed.add(exception.statement.source);
      }
      assert.deepEqual(faults, []);
      assert.ok(ran.length > 150, `${ran.length} statements`);
      const idle = EXCEPTIONS.filter(
        ({ statement, on = engine, isRare = false }) =>
          on === engine && !isRare && !needed.has(statement.source),
      );
      assert.deepEqual(idle, [], 'exceptions that no statement needs');
    });
  });
}
