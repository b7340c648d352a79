/**
 * Migrations on PostgreSQL: one process at a time, all or nothing. Kysely's own lock belongs to a session, which a pooler does
 * not keep; this one belongs to the transaction.
 */
import {
  CompiledQuery,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type PostgresPool,
} from 'kysely';
import type { Connections } from './postgres-connections.ts';
import { poolClient } from './postgres-pool-client.ts';
import { searchPath } from './postgres-schema.ts';

export const migrationDialect = (connections: Connections, schema: string): Dialect => ({
  createAdapter: () => new LocklessAdapter(),
  createDriver: () => new LockingDriver(patientPool(connections), schema),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  createIntrospector: (db) => new PostgresIntrospector(db),
});

class LocklessAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {
    // The driver takes it with the transaction.
  }

  override async releaseMigrationLock(): Promise<void> {
    // The end of the transaction does.
  }
}

/** The number that versions before took too, so that they and this one wait for each other. */
const beginning = (
  schema: string,
): string => `begin; set local search_path = ${searchPath(schema)}; set local lock_timeout = 0; set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0; select pg_catalog.pg_advisory_xact_lock(3853314791062309107)`;

/** What was applied is read after every other process is done. */
class LockingDriver extends PostgresDriver {
  readonly #beginning: string;

  constructor(pool: PostgresPool, schema: string) {
    super({ pool });
    this.#beginning = beginning(schema);
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(this.#beginning));
  }
}

/** A migration takes as long as it takes. */
const patientPool = (connections: Connections): PostgresPool => ({
  async connect() {
    const lease = await connections.lease();
    return poolClient({
      run: (text, values) => lease.query(text, values, null),
      release: () => lease.release(),
    });
  },
  // The connections are closed by the engine, which uses them too.
  end: async () => undefined,
});
