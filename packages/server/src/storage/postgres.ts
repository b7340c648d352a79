/** PostgreSQL through `pg`. Transactions that lose a race for a lock are tried again. */
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import type { Database, Engine } from './engine.ts';
import type { Schema } from './schema.ts';
import { postgresFailure, StorageUnavailable } from './unavailable.ts';

export interface PostgresEngine extends Engine {
  readonly name: 'postgres';
  readonly pool: pg.Pool;
}

/** serialization_failure, deadlock_detected. */
const WORTH_ANOTHER_TRY = new Set(['40001', '40P01']);
const MOST_TRIES = 5;

export function openPostgres(databaseUrl: string): PostgresEngine {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'gatehouse',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    max: 10,
    types: columnTypes(),
  });
  // A connection that dies is replaced by the pool, and whoever was using it is told by the statement under way;
  // without these two listeners its error would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const dialect = new PostgresDialect({ pool: telling(pool) });
  const read = new Kysely<Schema>({ dialect });
  return {
    name: 'postgres',
    place: placeOf(databaseUrl),
    pool,
    read,
    write: (work) => inTransaction(read, work),
    migrations: new Kysely({ dialect }),
    close: () => pool.end(),
  };
}

/** As the driver reads it: also from `PGHOST` and the like, or the directory of a socket. */
function placeOf(databaseUrl: string): string {
  const { host, port } = new pg.Client({ connectionString: databaseUrl });
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The values that `node:sqlite` gives. */
function columnTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  // Epoch seconds and counts stay far below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.BYTEA, (text) =>
    Uint8Array.from(Buffer.from(text.slice('\\x'.length), 'hex')),
  );
  return types;
}

/** The pool as Kysely uses it, its failures told in the words of this room. */
function telling(pool: pg.Pool): PostgresPool {
  const rethrow = (error: unknown): never => {
    throw postgresFailure(error);
  };
  return {
    async connect() {
      const client = await pool.connect().catch(rethrow);
      const query = (text: string, values: readonly unknown[]) =>
        client.query(text, [...values]).catch(rethrow);
      // The other overload of `query` takes a cursor, which nobody here opens.
      return { query: query as never, release: () => client.release() };
    },
    end: () => pool.end(),
  };
}

async function inTransaction<Result>(
  database: Database,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    let isCommitting = false;
    try {
      return await database.transaction().execute(async (transaction) => {
        const result = await work(transaction);
        isCommitting = true;
        return result;
      });
    } catch (error) {
      const code = serverCodeOf(error);
      if (tries < MOST_TRIES && WORTH_ANOTHER_TRY.has(code)) continue;
      throw isCommitting ? certain(error, code) : error;
    }
  }
}

function serverCodeOf(error: unknown): string {
  const cause = error instanceof StorageUnavailable ? error.cause : error;
  return cause instanceof pg.DatabaseError ? (cause.code ?? '') : '';
}

/**
 * A connection lost while the commit was under way leaves open whether it took place, so "nothing was changed" must not
 * be said. Refused for want of room or for a lost race, it did not.
 */
const certain = (error: unknown, code: string): unknown =>
  error instanceof StorageUnavailable && !/^(53|40)/.test(code) ? error.cause : error;
