/** An erasure whose process is ended without warning, at any instant, is finished by a later run. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { cheapHasher } from '../identity/stage.ts';
import { readSchema } from '../storage/real-schema.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { amount } from '../support/chance.ts';
import { registerApp } from '../support/oauth.ts';
import { fillWithEvents } from '../storage/many-events.ts';
import { until } from '../support/until.ts';
import { killWork, type KilledWork } from './killed-work.ts';

const cli = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const EMAIL = 'leaver@example.com';
const MARK = 'Typed-By-The-Leaver';
const ADDRESS = '203.0.113.77';
const EVENTS = 6000;

async function leaver(modules: Modules): Promise<string> {
  const { accounts } = modules;
  const person = async (email: string, name: string) => {
    const password = 'copper lantern drifting north';
    const made = await accounts.createUser({ name, email, password, isOperator: false }, cli);
    assert.ok(made.outcome === 'created');
    return made.user;
  };
  await person('operator@example.com', 'Operator');
  const user = await person(EMAIL, MARK);
  await registerApp(modules, user, { name: `App ${MARK}` });
  const request = { userId: user.id, heirId: null, isNow: true, origin: cli };
  assert.equal((await accounts.requestDeletion(request)).outcome, 'requested');
  return user.id;
}

const withModules = async <Result>(
  config: Config,
  work: (modules: Modules) => Promise<Result>,
): Promise<Result> => {
  const modules = await openModules({ config, passwords: cheapHasher() });
  try {
    return await work(modules);
  } finally {
    await modules.close();
  }
};

async function killOften(directory: string, env: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig({ env, directory });
  const userId = await withModules(config, leaver);
  const { dataDirectory, databaseUrl } = config.storage;
  const database =
    databaseUrl === null ? await openSqlite(dataDirectory) : openPostgres(databaseUrl);
  await fillWithEvents(database, { userId, address: ADDRESS, text: MARK, count: EVENTS });
  const left = async (): Promise<number> => {
    const found = sql<{ n: number | string }>`select count(*) as n from events
      where user_id = ${userId} and address is not null`;
    return Number((await found.execute(database.read)).rows[0]?.n);
  };
  const isOver = (moment: KilledWork['moment']) =>
    killWork({ job: 'erase-people', directory, env, moment });
  for (let halves = 0; halves < 2; halves += 1) {
    const before = await left();
    assert.equal(
      await isOver(() => until(async () => (await left()) < before, 'events that are erased')),
      false,
    );
    assert.ok((await left()) > 0, 'killed while events were being erased');
  }
  for (let ms = 5; !(await isOver(() => delay(ms))); ms *= amount(6, { long: 1.1 }))
    assert.ok(ms < 10_000, 'it comes to an end');
  assert.equal(await left(), 0);
  let text = '';
  for (const table of Object.keys(await readSchema(database.read, database.name))) {
    const { rows } = await sql`select * from ${sql.table(table)}`.execute(database.read);
    text += rows.map((row) => `${table} ${JSON.stringify(row)}\n`).join('');
  }
  await database.close();
  const marked = text.split('\n').filter((row) => row.includes(MARK) || row.includes(ADDRESS));
  assert.deepEqual(marked, []);
  await withModules(config, async ({ storage }) => {
    assert.notEqual((await storage.users.byId(userId))?.erasedAt, null);
    const { items } = await storage.events.list({ userId }, { page: 1, pageSize: 2 * EVENTS });
    for (const type of ['user_erased', 'oauth_app_deleted', 'access_ended'])
      assert.equal(items.filter((one) => one.type === type).length, 1, type);
    assert.ok(items.length > EVENTS, 'no event is gone');
  });
}

describe('an erasure whose process is killed again and again comes to its end', () => {
  for (const engine of ['sqlite', 'postgres'] as const) {
    test(engine, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'gatehouse-erasure-'));
      const { PATH, NODE_COMPILE_CACHE = join(directory, 'compiled') } = process.env;
      const url = engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
      const env = { PATH, NODE_COMPILE_CACHE, ...(url && { GATEHOUSE_DATABASE_URL: url }) };
      try {
        await killOften(directory, env);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
  }
});
