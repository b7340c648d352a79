/** What a PostgreSQL server is like, as far as an installation depends on it. Changes nothing. */
import { sql } from 'kysely';
import type { Engine } from './engine.ts';

export interface PostgresFacts {
  readonly encoding: string;
  /** A standby, or a database or role that may only read. */
  readonly isReadOnly: boolean;
  /** Tables that the role may not read and change; `null` in place of a name: it may make none. */
  readonly forbidden: readonly (string | null)[];
  /** Connections that the server, the database and the role leave to programs; whichever is least. */
  readonly connections: number;
}

const RIGHTS = ['select', 'insert', 'update', 'delete'];

export async function postgresFacts({ read }: Engine): Promise<PostgresFacts> {
  const { rows } = await sql<{
    encoding: string;
    reads: boolean;
    may_create: boolean;
    most: number;
  }>`
    select pg_encoding_to_char(d.encoding) as encoding,
      pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as reads,
      has_schema_privilege(current_schema(), 'create') as may_create,
      least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        nullif(d.datconnlimit, -1), nullif(r.rolconnlimit, -1)
      ) as most
    from pg_database d, pg_roles r where d.datname = current_database() and r.rolname = current_user`.execute(
    read,
  );
  const tables = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = current_schema() and not (${sql.join(
      RIGHTS.map(
        (right) =>
          sql`has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), ${right})`,
      ),
      sql` and `,
    )})`.execute(read);
  const [facts] = rows;
  return {
    encoding: facts?.encoding ?? 'unknown',
    isReadOnly: facts?.reads ?? false,
    forbidden: [
      ...(facts?.may_create === true ? [] : [null]),
      ...tables.rows.map(({ name }) => name),
    ],
    connections: facts?.most ?? 0,
  };
}

/** Every name and text of people is Unicode. */
export async function assertEncoding(engine: Engine): Promise<void> {
  const { encoding } = await postgresFacts(engine);
  if (encoding !== 'UTF8') throw new WrongEncoding(encoding);
}

export class WrongEncoding extends Error {
  constructor(encoding: string) {
    super(
      `the database has the encoding ${encoding} and needs UTF8: create it with "create database … encoding 'UTF8' template template0"`,
    );
    this.name = 'WrongEncoding';
  }
}
