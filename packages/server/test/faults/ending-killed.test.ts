/** A process that ends the grants of a deleted app, or of ended access, is killed: lists stay as they are, and the next process goes on. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { readConfig } from '../../src/config/read.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { openStorage, type Storage } from '../../src/storage/storage.ts';
import { addConnections, addCrowd, crowdIds } from '../support/crowd.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { countersAndRows } from '../storage/counted.ts';
import { addConnected, type Connected } from '../storage/oauth-records.ts';
import { until } from '../support/until.ts';
import { killWork } from './killed-work.ts';

// Inserting that many by one statement is slow on PostgreSQL.
const MANY = { sqlite: 3000, postgres: 1200 } as const;
const ENDED_AT = 1000;

interface Ending {
  readonly fill: typeof addCrowd;
  readonly end: (storage: Storage, connected: Connected) => Promise<unknown>;
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  'a deleted app': {
    fill: addCrowd,
    end: (storage, { app }) =>
      storage.transaction(async ({ apps, appGrants }) => {
        await apps.update(app.id, { deletedAt: ENDED_AT }, ENDED_AT);
        await appGrants.endOfApp(app.id, ENDED_AT);
      }),
  },
  'a person whose access ended': {
    fill: addConnections,
    end: (storage, { user }) => storage.access.endAll(user.id, ENDED_AT),
  },
};

interface Killing {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly ending: Ending;
}

async function killTwice({ directory, env, ending }: Killing): Promise<void> {
  const { dataDirectory, databaseUrl } = readConfig({ env, directory }).storage;
  const clock = () => ENDED_AT;
  const storage = await openStorage({ dataDirectory, databaseUrl, clock });
  await storage.migrate();
  const database =
    databaseUrl === null ? await openSqlite(dataDirectory) : openPostgres(databaseUrl);
  const connected = await addConnected(storage);
  const { app, grant, user } = connected;
  const count = MANY[storage.engine];
  await ending.fill(database, { grantId: grant.id, count });
  await ending.end(storage, connected);
  const left = async (): Promise<number> => {
    const found = sql<{
      n: number | string;
    }>`select count(*) as n from grants where revoked_at is null`;
    return Number((await found.execute(database.read)).rows[0]?.n);
  };
  const { userId, appId } = crowdIds(grant.id, count);
  const assertOver = async (): Promise<void> => {
    const whose = [{ userId }, { userId: user.id }, { clientId: app.id }, { clientId: appId }];
    for (const filter of [{}, ...whose]) {
      const page = { page: 1, pageSize: 10 };
      const found = await storage.grants.connections({ ...filter, sinceDay: 0 }, page);
      assert.deepEqual([found.total, found.items], [0, []]);
    }
    const half = sql`select f.id from token_families f join grants g on g.id = f.grant_id
      where (f.revoked_at is null) <> (g.revoked_at is null)`;
    assert.deepEqual((await half.execute(database.read)).rows, [], 'no grant ended by half');
    const { counters, rows } = await countersAndRows(database.read);
    assert.deepEqual(counters, rows);
  };
  const run = (moment: () => Promise<unknown>) =>
    killWork({ job: 'end-grants', directory, env, moment });
  await assertOver();
  for (let kills = 0; kills < 2; kills += 1) {
    const before = await left();
    assert.equal(
      await run(() => until(async () => (await left()) < before, 'grants that are ended')),
      false,
    );
    assert.ok((await left()) > 0, 'killed while grants were being ended');
    await assertOver();
  }
  assert.equal(await run(() => new Promise(() => undefined)), true);
  assert.equal(await left(), 0);
  await assertOver();
  await database.close();
  await storage.close();
}

for (const [what, ending] of Object.entries(ENDINGS)) {
  for (const engine of ['sqlite', 'postgres'] as const) {
    test(`grants of ${what} that are ending are ended by whoever comes next: ${engine}`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'gatehouse-ending-'));
      const { PATH, NODE_COMPILE_CACHE = join(directory, 'compiled') } = process.env;
      const url = engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
      const env = { PATH, NODE_COMPILE_CACHE, ...(url && { GATEHOUSE_DATABASE_URL: url }) };
      try {
        await killTwice({ directory, env, ending });
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
  }
}
