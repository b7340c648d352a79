/** PostgreSQL through `pg`, directly or through a pooler. */
import { Kysely, PostgresDialect, sql, type PostgresPool } from 'kysely';
import pg from 'pg';
import { DATABASE_LIMITS, type DatabaseLimits } from './database-limits.ts';
import type { Database, Engine } from './engine.ts';
import { openConnections, type Connections } from './postgres-connections.ts';
import { createWriteFaults } from './write-fault.ts';
import { migrationDialect } from './postgres-migrations.ts';
import { poolClient } from './postgres-pool-client.ts';
import { assertSchema } from './postgres-schema.ts';
import { transactionsOn } from './postgres-transactions.ts';
import type { Schema } from './schema.ts';

export interface PostgresEngine extends Engine {
  readonly name: 'postgres';
  readonly connections: Connections;
}

export function openPostgres(
  databaseUrl: string,
  limits: DatabaseLimits = DATABASE_LIMITS,
): PostgresEngine {
  const connections = openConnections(databaseUrl, limits);
  const faults = createWriteFaults();
  const transact = transactionsOn(connections, limits);
  return {
    name: 'postgres',
    place: placeOf(databaseUrl),
    schema: limits.databaseSchema,
    assertUsable: () => assertSchema(connections, limits.databaseSchema),
    connections,
    read: new Kysely<Schema>({ dialect: new PostgresDialect({ pool: readingPool(connections) }) }),
    async write(work) {
      try {
        return await transact(work);
      } catch (error) {
        faults.note(error);
        throw error;
      }
    },
    faults,
    async keepRoom() {
      if (faults.current() === null) return;
      await transact(tryWriting);
      faults.clear();
    },
    migrations: new Kysely({ dialect: migrationDialect(connections, limits.databaseSchema) }),
    giveBackSpace: async () => undefined,
    close: () => connections.end(),
  };
}

/** A table of this transaction alone lies on the same disk, and its rows are not compressed. */
async function tryWriting(db: Database): Promise<void> {
  await sql`create temporary table gatehouse_probe (text text) on commit drop`.execute(db);
  await sql`insert into gatehouse_probe select md5(n::text) from generate_series(1, 2000) n`.execute(
    db,
  );
}

/** As the driver reads it: also from `PGHOST` and the like, or the directory of a socket. */
function placeOf(databaseUrl: string): string {
  const { host, port } = new pg.Client({ connectionString: databaseUrl });
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Kysely asks for a connection before it has a statement; here the statement does, so that it can have another one. */
const readingPool = (connections: Connections): PostgresPool => ({
  async connect() {
    return poolClient({
      run: (text, values) => connections.read((lease) => lease.query(text, values)),
      release: () => undefined,
    });
  },
  end: () => connections.end(),
});
