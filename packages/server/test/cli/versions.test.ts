/** Beside a newer version: an older one goes on, starts again where it may, and says in words where it may not. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { Gatehouse } from './gatehouse.ts';

/** The first schema whose version knows of newer ones. */
const FIRST_WITH_WORDS = 27;

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(engine, () => {
    let gatehouse: Gatehouse;
    let databaseUrl: string | null = null;
    beforeEach(async () => {
      gatehouse = new Gatehouse();
      if (engine === 'sqlite') return;
      databaseUrl = await (await sharedPostgres()).createDatabase();
      gatehouse.env['GATEHOUSE_DATABASE_URL'] = databaseUrl;
    });
    afterEach(() => gatehouse.remove());

    async function onDatabase(...statements: readonly string[]): Promise<void> {
      const opened =
        databaseUrl === null
          ? await openSqlite(join(gatehouse.directory, 'data'))
          : openPostgres(databaseUrl);
      for (const statement of statements) await sql.raw(statement).execute(opened.migrations);
      await opened.close();
    }

    /** What a newer version does: one migration more, which adds a table and columns, and its row about it. */
    const upgrade = (oldestReader: number | null) =>
      onDatabase(
        `create table future (id text primary key)`,
        `alter table users add column mood text`,
        `alter table developer_tokens add column colour bigint not null default 0`,
        `insert into kysely_migration (name, timestamp) values ('0999-future', '2027-01-01T00:00:00.000Z')`,
        ...(oldestReader === null
          ? []
          : [`insert into schema_versions values ('0999-future', '9.8.7', ${oldestReader})`]),
      );

    const doctor = async () => {
      const { stdout } = await gatehouse.run(['doctor', '--json']);
      const findings = JSON.parse(stdout) as { check: string; state: string; message: string }[];
      return findings.find(({ check }) => check === 'migrations');
    };

    test('a newer database that allows it is served, by who ran before and by who starts after', async () => {
      await gatehouse.user('ada@example.com');
      const running = await gatehouse.serve();
      await upgrade(FIRST_WITH_WORDS);
      const value = await gatehouse.token('ada@example.com');
      const authorization = `Bearer ${value}`;
      const before = await fetch(`${running.base}/v2/me`, { headers: { authorization } });
      assert.equal(before.status, 200);
      await running.stop();
      const again = await gatehouse.serve();
      assert.match(
        again.said.stderr,
        /warning: the newer version 9\.8\.7 has changed the database/,
      );
      const after = await fetch(`${again.base}/v2/me`, { headers: { authorization } });
      assert.equal(after.status, 200);
      const found = await doctor();
      assert.equal(found?.state, 'warning');
      assert.match(found?.message ?? '', /9\.8\.7/);
      assert.equal((await gatehouse.run(['migrate'])).stdout, 'nothing to apply\n');
    });

    for (const [name, oldestReader, version] of [
      ['that leaves it behind', 998, /Gatehouse 9\.8\.7 \(0999-future\)/],
      ['that says nothing of itself', null, /a newer version \(0999-future\)/],
    ] as const) {
      test(`a database of a newer version ${name} is refused in words`, async () => {
        await gatehouse.user('ada@example.com');
        await upgrade(oldestReader);
        for (const command of [['serve'], ['migrate'], ['user', 'list']]) {
          const { code, stderr } = await gatehouse.run(command);
          assert.equal(code, 1, command.join(' '));
          assert.match(stderr, version);
          assert.match(stderr, /restore the backup from before the upgrade/);
          assert.doesNotMatch(stderr, /corrupted/);
        }
        const found = await doctor();
        assert.equal(found?.state, 'failed');
        assert.match(found?.message ?? '', version);
      });
    }
  });
}
