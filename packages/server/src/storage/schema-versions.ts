/** Whether this version may use a database that another one has changed. */
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { Engine } from './engine.ts';

/**
 * The number of the oldest schema whose version may go on, and start again, beside the migrations of this one. Raise it
 * with the first migration that takes something away, renames it or gives it another meaning.
 */
const OLDEST_READER = 27;

/** The database was changed by a version that this one cannot work beside. */
export class DatabaseNewer extends Error {
  constructor(made: { readonly version: string | null; readonly migration: string }) {
    const by = made.version === null ? 'a newer version' : `Gatehouse ${made.version}`;
    super(
      `the database was changed by ${by} (${made.migration}), and this version, ${ownVersion()}, can no longer use it; install ${made.version ?? 'that version'} or a later one, or restore the backup from before the upgrade`,
    );
    this.name = 'DatabaseNewer';
  }
}

interface Noted {
  readonly migration: string;
  readonly version: string;
  readonly oldest_reader: number;
}

/** `own`: the names of all migrations of this version. Answers the newer version; `null`: the database is not newer. */
export async function assertReadable(
  engine: Engine,
  own: readonly string[],
): Promise<string | null> {
  const unknown = (await appliedIn(engine)).filter((name) => !own.includes(name));
  if (unknown.length === 0) return null;
  const noted = await notedIn(engine);
  const schema = Math.max(...own.map((name) => Number.parseInt(name, 10)));
  for (const migration of unknown) {
    const made = noted.get(migration);
    if (made === undefined || made.oldest_reader > schema)
      throw new DatabaseNewer({ migration, version: made?.version ?? null });
  }
  return noted.get(unknown.at(-1) ?? '')?.version ?? null;
}

/** After the migrations: what later versions are told by. */
export async function noteVersions(engine: Engine, own: readonly string[]): Promise<void> {
  const noted = await notedIn(engine);
  const rows = own
    .filter((migration) => !noted.has(migration))
    .map((migration) => ({ migration, version: ownVersion(), oldest_reader: OLDEST_READER }));
  if (rows.length === 0) return;
  await engine.write((db) =>
    db
      .insertInto('schema_versions')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
}

async function appliedIn(engine: Engine): Promise<readonly string[]> {
  if (!(await hasTable(engine, 'kysely_migration'))) return [];
  const { rows } = await sql<{
    name: string;
  }>`select name from kysely_migration order by name`.execute(engine.read);
  return rows.map(({ name }) => name);
}

async function notedIn(engine: Engine): Promise<ReadonlyMap<string, Noted>> {
  if (!(await hasTable(engine, 'schema_versions'))) return new Map();
  const rows = await engine.read.selectFrom('schema_versions').selectAll().execute();
  return new Map(rows.map((row) => [row.migration, row]));
}

async function hasTable({ name, read }: Engine, table: string): Promise<boolean> {
  const query =
    name === 'sqlite'
      ? sql`select 1 from sqlite_master where type = 'table' and name = ${table}`
      : sql`select 1 where to_regclass(${table}) is not null`;
  return (await query.execute(read)).rows.length > 0;
}

function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}
