/** PostgreSQL through `pg`. Transactions that lose a race for a lock are tried again. */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database, Engine } from './engine.ts';
import type { Schema } from './schema.ts';

export interface PostgresEngine extends Engine {
  readonly name: 'postgres';
  readonly pool: pg.Pool;
}

/** serialization_failure, deadlock_detected. */
const WORTH_ANOTHER_TRY = new Set(['40001', '40P01']);
const MOST_TRIES = 5;

export function openPostgres(databaseUrl: string): PostgresEngine {
  const types = new pg.TypeOverrides();
  // Epoch seconds and counts stay far below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'gatehouse',
    connectionTimeoutMillis: 10_000,
    max: 10,
    types,
  });
  // A connection that dies while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  const read = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return {
    name: 'postgres',
    pool,
    read,
    write: (work) => inTransaction(read, work),
    migrations: new Kysely({ dialect: new PostgresDialect({ pool }) }),
    close: () => pool.end(),
  };
}

async function inTransaction<Result>(
  database: Database,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await database.transaction().execute(work);
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
      if (tries >= MOST_TRIES || !WORTH_ANOTHER_TRY.has(code)) throw error;
    }
  }
}
