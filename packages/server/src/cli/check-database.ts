/** Whether the database answers, has the form that this version needs, and agrees on the time. Makes and changes nothing. */
import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { systemClock, type Clock } from '../kit/clock.ts';
import { countOf } from '../kit/plural.ts';
import { assertSafe, databaseFile, UnsafeFile } from '../storage/database-file.ts';
import { UnsafeSchema } from '../storage/unsafe-schema.ts';
import { openStorage, type Storage } from '../storage/storage.ts';
import { configuredCatalogue } from '../compose/configured-catalogue.ts';
import { findGoneScopes, sayGone } from '../compose/catalogue-report.ts';
import { createCatalogues, type Catalogues } from '../catalogue/catalogues.ts';
import { DatabaseNewer } from '../storage/schema-versions.ts';
import { serverOf } from '../storage/serving-lock.ts';
import { checkPostgres } from './check-postgres.ts';
import { failed, ok, warning, type Finding } from './findings.ts';
import { lineOf } from './refusal.ts';

export async function checkDatabase(config: Config): Promise<readonly Finding[]> {
  const { storage: settings } = config;
  const { dataDirectory, databaseUrl } = settings;
  const file = databaseFile(dataDirectory);
  const catalogues = createCatalogues(configuredCatalogue(config));
  try {
    if (databaseUrl === null) assertSafe(dataDirectory);
    if (databaseUrl === null && !existsSync(file))
      return [ok('database', `the first start makes ${file}`)];
    const storage = await openStorage({
      ...settings,
      clock: systemClock,
      catalogues,
    });
    try {
      return await examine(storage, { settings, catalogues });
    } finally {
      await storage.close();
    }
  } catch (error) {
    if (error instanceof UnsafeSchema || error instanceof UnsafeFile)
      return [failed('database', error.message)];
    return [failed('database', `does not answer: ${lineOf(error)}`)];
  }
}

interface Examined {
  readonly settings: Config['storage'];
  readonly catalogues: Catalogues;
}

async function examine(
  storage: Storage,
  { settings: { dataDirectory, poolSize }, catalogues }: Examined,
): Promise<readonly Finding[]> {
  await storage.ping();
  const facts = await storage.postgresFacts();
  const database =
    facts === null
      ? [ok('database', sqliteLine(dataDirectory))]
      : [ok('database', 'PostgreSQL answers'), ...checkPostgres(facts, poolSize)];
  const schema = await checkSchema(storage);
  if (schema.state === 'failed') return [...database, schema];
  return [
    ...database,
    schema,
    await checkCatalogue(storage, catalogues),
    await checkLog(storage, systemClock),
  ];
}

function sqliteLine(dataDirectory: string): string {
  const server = serverOf(dataDirectory);
  return server === null
    ? 'SQLite answers'
    : `SQLite answers; a server uses it, ${server}, and a second one would be refused`;
}

async function checkSchema(storage: Storage): Promise<Finding> {
  const check = 'migrations';
  try {
    const newer = await storage.newerVersion();
    if (newer !== null)
      return warning(check, `made by the newer version ${newer}, beside which this one works`);
  } catch (error) {
    if (!(error instanceof DatabaseNewer)) throw error;
    return failed(check, lineOf(error));
  }
  const pending = await storage.pendingMigrations();
  return pending.length === 0
    ? ok(check, 'none pending')
    : failed(
        check,
        `pending: ${pending.join(', ')}; "gatehouse migrate" and the next start apply them`,
      );
}

async function checkCatalogue(storage: Storage, catalogues: Catalogues): Promise<Finding> {
  const found = await findGoneScopes({ storage, catalogues, clock: systemClock });
  const said = found === null ? null : sayGone(found);
  return said === null
    ? ok('catalogue', 'has every scope that tokens, apps and consents name')
    : warning('catalogue', `${said}; name the scope that each became with "was", or put it back`);
}

/** More than two machines that keep time by NTP ever differ. */
const TOLERATED_SECONDS = 5;

/** A clock that was set back shows itself by events of the future. */
async function checkLog({ events }: Storage, clock: Clock): Promise<Finding> {
  const newest = (await events.list({}, { page: 1, pageSize: 1 })).items[0];
  const ahead = newest === undefined ? 0 : newest.createdAt - clock();
  return ahead > TOLERATED_SECONDS
    ? failed(
        'clock',
        `the newest event is ${countOf(ahead, 'second')} in the future; one of the clocks that wrote or read it is wrong`,
      )
    : ok('clock', new Date(clock() * 1000).toISOString());
}
