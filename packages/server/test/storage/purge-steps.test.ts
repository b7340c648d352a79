/**
 * Every purge and flush works in small steps between which others are served, and finds its rows by an index, on both
 * databases: seen in the statements themselves, never in the time that they take.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { createSecretUsage } from '../../src/apps/usage.ts';
import { readConfig } from '../../src/config/read.ts';
import { createGrantUsage } from '../../src/consent/usage.ts';
import { createUsageRecorder } from '../../src/developer-tokens/usage.ts';
import { PURGED_TABLES, purges, type PurgedTable } from '../../src/compose/jobs.ts';
import { MOST_A_STEP } from '../../src/storage/delete-over.ts';
import type { Engine } from '../../src/storage/engine.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { databaseFile } from '../../src/storage/database-file.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { openStorage, storesOn, type Storage } from '../../src/storage/storage.ts';
import { addConnections, addCrowd } from '../support/crowd.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { addConnected } from './oauth-records.ts';
import { ENGINES, type EngineName } from './places.ts';
import { nothingSeen, scansOf, spyOn } from './spy.ts';

const NOW = Date.UTC(2026, 10, 24) / 1000;
const ROWS = 2 * MOST_A_STEP + 50;
/** Inserting that many by one statement is slow on PostgreSQL. */
const MOST_CONNECTED = { sqlite: 100_000, postgres: 1200 } as const;

interface Place {
  readonly engine: Engine;
  readonly storage: Storage;
  readonly directory: string;
  close(): Promise<void>;
}

async function open(name: EngineName): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-steps-'));
  const databaseUrl = name === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
  const storage = await openStorage({ dataDirectory: directory, databaseUrl, clock: () => NOW });
  await storage.migrate();
  const engine = databaseUrl === null ? await openSqlite(directory) : openPostgres(databaseUrl);
  return {
    engine,
    storage,
    directory,
    async close() {
      await engine.close();
      await storage.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Rows that ended in 1970 and belong to nobody. */
async function fill({ engine, directory }: Place, table: string): Promise<void> {
  const tables = await engine.migrations.introspection.getTables();
  const columns = tables.find(({ name }) => name === table)?.columns ?? [];
  const isSqlite = engine.name === 'sqlite';
  const number = isSqlite ? sql`(select n)` : sql`n`;
  const values = columns.map(({ name, dataType }) => {
    if (/_at$|^day$/.test(name)) return sql`1`;
    if (/int/i.test(dataType)) return sql`${number} % 1000`;
    if (/blob/i.test(dataType)) return sql`cast('x' || ${number} as blob)`;
    if (/bytea/i.test(dataType)) return sql`convert_to('x' || ${number}, 'UTF8')`;
    return name === 'replaces_id' || name === 'made_by_id' ? sql`null` : sql`'x' || ${number}`;
  });
  const numbers = isSqlite
    ? sql`with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${sql.lit(ROWS)})`
    : sql`with numbers as (select generate_series(1, ${sql.lit(ROWS)}) as n)`;
  const names = sql.join(columns.map(({ name }) => sql.ref(name)));
  const insert = sql`${numbers} insert into ${sql.table(table)} (${names}) select ${sql.join(values)} from numbers`;
  const [off, on] = isSqlite
    ? ['pragma foreign_keys = off', 'pragma foreign_keys = on']
    : ['set session_replication_role = replica', 'set session_replication_role = origin'];
  assert.ok(directory !== '');
  await engine.migrations.connection().execute(async (connection) => {
    await sql.raw(off).execute(connection);
    if (isSqlite) {
      // SQLite wants the numbers after the names of the columns.
      await sql`insert into ${sql.table(table)} (${names}) ${numbers} select ${sql.join(values)} from numbers`.execute(
        connection,
      );
    } else await insert.execute(connection);
    await sql.raw(on).execute(connection);
  });
}

async function countRows({ engine }: Place, table: string): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*) as count from ${sql.table(table)}`.execute(engine.migrations);
  return Number(rows[0]?.count);
}

const config = readConfig({ env: {}, directory: mkdtempSync(join(tmpdir(), 'gatehouse-config-')) });

const purgeOn = (storage: Storage, table: PurgedTable) =>
  purges({ storage, config, clock: () => NOW })[table]();

for (const name of ENGINES) {
  describe(name, () => {
    let place: Place;
    before(async () => {
      place = await open(name);
    });
    after(() => place.close());

    for (const table of PURGED_TABLES) {
      test(`the purge of ${table} goes in small steps, by an index`, async () => {
        await fill(place, table);
        const seen = nothingSeen();
        const stores = storesOn(spyOn(place.engine, seen), { clock: () => NOW, engine: name });
        await purgeOn({ ...place.storage, ...stores }, table);
        assert.equal(await countRows(place, table), 0);
        assert.ok(seen.steps.length >= 3, 'several transactions');
        assert.ok(Math.max(...seen.steps) <= MOST_A_STEP, String(seen.steps));
        const texts = new Map(seen.statements.map((statement) => [statement.sql, statement]));
        assert.ok(texts.size >= 2);
        for (const statement of texts.values())
          assert.deepEqual(await scansOf(place.engine, statement), [], statement.sql);
      });
    }

    test('the grants of a deleted app end in small steps, by an index', async () => {
      const { engine, storage } = place;
      const { app, grant } = await addConnected(storage);
      await addCrowd(engine, { grantId: grant.id, count: ROWS });
      await storage.apps.update(app.id, { deletedAt: NOW - 1 }, NOW - 1);
      const seen = nothingSeen();
      const stores = storesOn(spyOn(engine, seen), { clock: () => NOW, engine: name });
      await stores.appGrants.endOfApp(app.id, NOW - 1);
      assert.equal(seen.steps.length, 1);
      await stores.appGrants.endOfDeleted(NOW, (id) => assert.fail(id));
      assert.ok(seen.steps.length >= 4, 'several transactions');
      assert.ok(Math.max(...seen.steps) <= MOST_A_STEP, String(seen.steps));
      // With what it shows to whoever asks meanwhile.
      const page = { page: 1, pageSize: 10 };
      for (const filter of [{}, { userId: grant.userId }, { clientId: app.id }])
        await stores.grants.connections({ ...filter, sinceDay: 0 }, page);
      const texts = new Map(seen.statements.map((statement) => [statement.sql, statement]));
      for (const statement of texts.values())
        assert.deepEqual(await scansOf(engine, statement), [], statement.sql);
    });

    test('access ends by as many statements and rows however many apps were connected', async () => {
      const { engine, storage } = place;
      const costs: string[] = [];
      for (const count of [150, MOST_CONNECTED[name]]) {
        const { user, grant } = await addConnected(storage);
        await addConnections(engine, { grantId: grant.id, count });
        const seen = nothingSeen();
        const stores = storesOn(spyOn(engine, seen), { clock: () => NOW, engine: name });
        const whose = { userId: user.id, accountId: user.accountId };
        await stores.access.living(whose, NOW);
        assert.equal((await stores.access.end(whose, NOW)).grants, count + 1);
        await stores.access.living(whose, NOW);
        costs.push(`${seen.statements.length} statements, rows: ${seen.steps.join(' ')}`);
        if (count === MOST_CONNECTED[name]) continue;
        seen.steps.splice(0);
        await stores.access.endRest(NOW, (id) => assert.fail(id));
        assert.ok(Math.max(...seen.steps) <= MOST_A_STEP, String(seen.steps));
        const texts = new Map(seen.statements.map((statement) => [statement.sql, statement]));
        for (const statement of texts.values())
          assert.deepEqual(await scansOf(engine, statement), [], statement.sql);
      }
      assert.equal(costs[1], costs[0]);
    });

    test('every flush writes few rows at a time', async () => {
      const sizes: number[] = [];
      const note = async (rows: { readonly length: number }): Promise<void> => {
        sizes.push(rows.length);
        if (sizes.length === 1) throw new Error('no database');
      };
      const recorders = [
        () => {
          const usage = createUsageRecorder({
            ...place.storage.usage,
            record: ({ lastUsed }) => note(lastUsed),
          });
          const use = { outcome: 'allowed', address: '192.0.2.1', agent: 'x', at: NOW };
          for (let n = 0; n < 450; n += 1) usage.note({ ...use, tokenId: `t${n}` });
          return () => usage.flush();
        },
        () => {
          const usage = createGrantUsage({ recordUse: note });
          for (let n = 0; n < 450; n += 1) usage.noteCall(`g${n}`, NOW);
          return () => usage.flush();
        },
        () => {
          const usage = createSecretUsage({ recordUse: note });
          for (let n = 0; n < 450; n += 1) usage.note(`s${n}`, NOW);
          return () => usage.flush();
        },
      ];
      for (const make of recorders) {
        sizes.length = 0;
        const flush = make();
        await assert.rejects(flush());
        await flush();
        assert.ok(Math.max(...sizes) <= 100, String(sizes));
        const written = sizes.slice(1).reduce((left, right) => left + right, 0);
        assert.equal(written, 450, 'and nothing is lost when the database was away');
      }
    });
  });
}

test('a new SQLite file gives the space of purged rows back, in steps', async () => {
  const place = await open('sqlite');
  const sizeOf = (): number => statSync(databaseFile(place.directory)).size;
  for (let n = 0; n < 20; n += 1) {
    await fill(place, 'outbox');
    await sql`update outbox set id = id || '-' || ${n}, notice = ${'x'.repeat(500)} where id not like '%-%'`.execute(
      place.engine.migrations,
    );
  }
  const checkpoint = () => sql`pragma wal_checkpoint(truncate)`.execute(place.engine.migrations);
  await checkpoint();
  const before = sizeOf();
  assert.ok(before > 4_000_000);
  await purgeOn(place.storage, 'outbox');
  await place.storage.giveBackSpace();
  await checkpoint();
  assert.ok(sizeOf() < before / 4, `${before} bytes, then ${sizeOf()}`);
  await place.close();
});
