/** Rows that a purge deletes, and one that the database keeps. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { Engine } from '../../src/storage/engine.ts';

export const SECRET = 'nobody-may-read-this';

interface Column {
  readonly name: string;
  readonly dataType: string;
}

async function columnsOf({ migrations: db }: Engine, table: string): Promise<readonly Column[]> {
  const tables = await db.introspection.getTables();
  const columns = tables.find(({ name }) => name === table)?.columns ?? [];
  assert.ok(columns.length > 0, table);
  return columns;
}

/** A row whose every number is 1, so that it ended in 1970, and that belongs to nobody. */
export async function addOldRow(engine: Engine, table: string, which: string): Promise<void> {
  const columns = await columnsOf(engine, table);
  const values = columns.map(({ name, dataType }) => {
    if (name === 'position') return -Number(which);
    if (/int/i.test(dataType)) return 1;
    if (/blob|bytea/i.test(dataType)) return Buffer.from(`${SECRET}-${which}`);
    return /(^|_)id$/.test(name) ? `id-${which}` : `${SECRET}-${which}`;
  });
  const names = sql.join(columns.map(({ name }) => sql.ref(name)));
  const insert = sql`insert into ${sql.table(table)} (${names}) values (${sql.join(values)})`;
  const [off, on] =
    engine.name === 'sqlite'
      ? ['pragma foreign_keys = off', 'pragma foreign_keys = on']
      : ['set session_replication_role = replica', 'set session_replication_role = origin'];
  await engine.migrations.connection().execute(async (connection) => {
    await sql.raw(off).execute(connection);
    await insert.execute(connection);
    await sql.raw(on).execute(connection);
  });
}

/** Answers how to let the second row go. */
export async function keepSecond(engine: Engine, table: string): Promise<() => Promise<unknown>> {
  const { name, migrations: db } = engine;
  const columns = await columnsOf(engine, table);
  const text = columns.find(({ dataType }) => /text/i.test(dataType))?.name ?? '';
  const isSecond = sql`old.${sql.id(text)} like '%-2'`;
  const on = sql`create trigger kept before delete on ${sql.table(table)}`;
  if (name === 'sqlite') {
    await sql`${on} when ${isSecond} begin select raise(abort, 'kept'); end`.execute(db);
    return () => sql`drop trigger kept`.execute(db);
  }
  await sql`create or replace function keep() returns trigger language plpgsql as
    $$ begin raise exception 'kept' using errcode = 'foreign_key_violation'; end $$`.execute(db);
  await sql`${on} for each row when (${isSecond}) execute function keep()`.execute(db);
  return () => sql`drop trigger kept on ${sql.table(table)}`.execute(db);
}

export async function countRows({ migrations: db }: Engine, table: string): Promise<number> {
  const found = await sql<{
    count: number;
  }>`select count(*) as count from ${sql.table(table)}`.execute(db);
  return Number(found.rows[0]?.count);
}
