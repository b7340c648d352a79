/**
 * The one schema of PostgreSQL in which names are looked up, whatever the role's `search_path` says: what somebody planted
 * in another schema is never called (CVE-2018-1058).
 */
import pg from 'pg';
import type { Connections, Lease } from './postgres-connections.ts';
import { UnsafeSchema } from './unsafe-schema.ts';

/** `pg_catalog` comes first because it is not named; temporary objects come last because they are. */
export const searchPath = (schema: string): string => `${pg.escapeIdentifier(schema)}, pg_temp`;

/** Throws `UnsafeSchema` when the schema is absent, or when a pooler would let other schemas be used. */
export async function assertSchema(connections: Connections, schema: string): Promise<void> {
  await connections.read(async (lease) => {
    const { rows } = await lease.query(
      'select pg_catalog.to_regnamespace($1) is not null as exists, current_user as role',
      [pg.escapeIdentifier(schema)],
    );
    const { exists, role } = rows[0] as { exists: boolean; role: string };
    if (!exists) throw absent(role, schema);
    if (!lease.isDirect) await assertPathOfRole(lease, schema);
  });
}

const absent = (role: string, schema: string): UnsafeSchema =>
  new UnsafeSchema(
    `PostgreSQL has no schema ${schema}, or the role ${role} may not use it; create it (create schema ${pg.escapeIdentifier(schema)}), or set storage.database_schema`,
  );

/** A pooler lends another session to each statement, on which nothing was set: there the role's own path decides. */
async function assertPathOfRole(lease: Lease, schema: string): Promise<void> {
  const { rows } = await lease.query(
    `select pg_catalog.current_schemas(true)::pg_catalog.text[] as path, session_user as role,
       pg_catalog.current_database() as database`,
  );
  const found = rows[0] as { path: string[]; role: string; database: string };
  const path = found.path.filter((name) => !name.startsWith('pg_temp'));
  if (path[0] === 'pg_catalog' && path[1] === schema) return;
  const [role, database] = [found.role, found.database].map((name) => pg.escapeIdentifier(name));
  throw new UnsafeSchema(
    `the search_path of the role ${found.role} looks into ${path.join(', ')}, and behind a pooler it decides; expected ${schema} first: alter role ${role} in database ${database} set search_path = ${pg.escapeIdentifier(schema)}, then reconnect the pooler`,
  );
}
