/** The tables of a migrated database, as the database itself describes them, in one shape for both engines. */
import { sql } from 'kysely';
import type { Database, Engine } from '../../src/storage/engine.ts';
import { openPlace, type EngineName } from './places.ts';

export interface Table {
  /** Name to type; a trailing `?` where null is allowed. */
  readonly columns: Readonly<Record<string, string>>;
  readonly key: readonly string[];
  /** Column to the table whose key it holds. */
  readonly references: Readonly<Record<string, string>>;
  /** Name to columns, with what is special about it: `unique (email)`, `(next_attempt_at), partial`. */
  readonly indexes: Readonly<Record<string, string>>;
}

export type Tables = Readonly<Record<string, Table>>;

/** The migrator's own tables are no part of the schema. */
const isOurs = (table: string): boolean => !/^(kysely_|sqlite_)/.test(table);

/** Of a new database with the tables of this version. */
export async function currentSchema(engine: EngineName): Promise<Tables> {
  const place = await openPlace(engine);
  await place.storage.migrate();
  const database = await place.database();
  const tables = await readSchema(database.read, engine);
  await database.close();
  await place.close();
  return tables;
}

export async function readSchema(db: Database, engine: Engine['name']): Promise<Tables> {
  const facts = await (engine === 'sqlite' ? sqliteFacts(db) : postgresFacts(db));
  const names = [...new Set(facts.columns.map(({ table }) => table))].filter(isOurs).sort();
  const of = <Fact extends { readonly table: string }>(all: readonly Fact[], table: string) =>
    all.filter((fact) => fact.table === table);
  return Object.fromEntries(
    names.map((table) => [
      table,
      {
        columns: Object.fromEntries(of(facts.columns, table).map(column)),
        key: of(facts.keys, table).map(({ name }) => name),
        references: Object.fromEntries(
          of(facts.references, table).map(({ name, target }) => [name, target]),
        ),
        indexes: Object.fromEntries(of(facts.indexes, table).map(index)),
      },
    ]),
  );
}

interface Facts {
  readonly columns: readonly Column[];
  readonly keys: readonly { table: string; name: string }[];
  readonly references: readonly { table: string; name: string; target: string }[];
  readonly indexes: readonly Index[];
}

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly nullable: number | boolean;
}

interface Index {
  readonly table: string;
  readonly name: string;
  readonly columns: string;
  readonly isUnique: number | boolean;
  readonly isPartial: number | boolean;
}

/** What each engine calls the types of `migrations/`. */
const TYPES: Readonly<Record<string, string>> = {
  int4: 'integer',
  int8: 'bigint',
  blob: 'bytes',
  bytea: 'bytes',
};

const column = ({ name, type, nullable }: Column): [string, string] => [
  name,
  (TYPES[type] ?? type) + (nullable ? '?' : ''),
];

const index = ({ name, columns, isUnique, isPartial }: Index): [string, string] => [
  name,
  `${isUnique ? 'unique ' : ''}(${columns})${isPartial ? ', partial' : ''}`,
];

const rowsOf = async <Row>(db: Database, query: ReturnType<typeof sql<Row>>) =>
  (await query.execute(db)).rows;

const sqliteFacts = async (db: Database): Promise<Facts> => ({
  columns: await rowsOf(
    db,
    sql<Column>`select m.name as "table", c.name, lower(c.type) as type, not c."notnull" as nullable
      from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' order by c.cid`,
  ),
  keys: await rowsOf(
    db,
    sql<Facts['keys'][number]>`select m.name as "table", c.name
      from sqlite_master m join pragma_table_info(m.name) c
      where m.type = 'table' and c.pk > 0 order by c.pk`,
  ),
  references: await rowsOf(
    db,
    sql<Facts['references'][number]>`select m.name as "table", f."from" as name, f."table" as target
      from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table'`,
  ),
  indexes: await rowsOf(
    db,
    sql<Index>`select m.name as "table", i.name, i."unique" as "isUnique", i.partial as "isPartial",
        (select group_concat(coalesce(c.name, 'an expression'), ', ') from (select name from pragma_index_info(i.name) order by seqno) c) as columns
      from sqlite_master m join pragma_index_list(m.name) i
      where m.type = 'table' and i.origin != 'pk'`,
  ),
});

const postgresFacts = async (db: Database): Promise<Facts> => ({
  columns: await rowsOf(
    db,
    sql<Column>`select table_name as "table", column_name as name, udt_name as type, is_nullable = 'YES' as nullable
      from information_schema.columns where table_schema = 'public' order by ordinal_position`,
  ),
  keys: await rowsOf(
    db,
    sql<Facts['keys'][number]>`select c.conrelid::regclass::text as "table", a.attname as name
      from pg_constraint c, unnest(c.conkey) with ordinality as k(attnum, place), pg_attribute a
      where c.contype = 'p' and c.connamespace = 'public'::regnamespace
        and a.attrelid = c.conrelid and a.attnum = k.attnum order by k.place`,
  ),
  references: await rowsOf(
    db,
    sql<
      Facts['references'][number]
    >`select c.conrelid::regclass::text as "table", a.attname as name,
        c.confrelid::regclass::text as target
      from pg_constraint c, unnest(c.conkey) as k(attnum), pg_attribute a
      where c.contype = 'f' and a.attrelid = c.conrelid and a.attnum = k.attnum`,
  ),
  indexes: await rowsOf(
    db,
    sql<Index>`select i.indrelid::regclass::text as "table", i.indexrelid::regclass::text as name,
        i.indisunique as "isUnique", i.indpred is not null as "isPartial",
        (select string_agg(coalesce(a.attname, 'an expression'), ', ' order by k.place)
          from unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
          left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum) as columns
      from pg_index i join pg_class c on c.oid = i.indrelid
      where c.relnamespace = 'public'::regnamespace and not i.indisprimary`,
  ),
});
