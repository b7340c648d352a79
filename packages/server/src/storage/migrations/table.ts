/** What migrations are written with. Released migrations depend on it: change it only where their outcome stays the same. */
import type { ColumnDataType, CreateTableBuilder, Kysely, RawBuilder } from 'kysely';

/** A column's type. */
export type Type = ColumnDataType | RawBuilder<unknown>;

export interface MigrationDialect {
  /** The type of hashes: `bytea` or `blob`. */
  readonly bytes: Type;
}

export interface Definition {
  readonly columns: Columns;
  readonly key: readonly string[];
  /** Column to the table whose `id` it holds. */
  readonly references?: Readonly<Record<string, string>>;
}

/** Column name to type; a trailing `?` in the name allows null. */
type Columns = Readonly<Record<string, Type>>;

export async function createTable(
  db: Kysely<unknown>,
  table: string,
  { columns, key, references = {} }: Definition,
): Promise<void> {
  // Kysely counts the names of columns by type; here they are data.
  let builder: CreateTableBuilder<string, string> = db.schema.createTable(table);
  for (const [name, type] of Object.entries(columns)) {
    const isNullable = name.endsWith('?');
    const column = isNullable ? name.slice(0, -1) : name;
    builder = builder.addColumn(column, type, (c) => (isNullable ? c : c.notNull()));
  }
  for (const [column, target] of Object.entries(references)) {
    builder = builder.addForeignKeyConstraint(`${table}_${column}`, [column], target, ['id']);
  }
  await builder.addPrimaryKeyConstraint(`${table}_key`, [...key]).execute();
}

/** Name, table, columns, and whether it is unique. */
export type Index = readonly [string, string, readonly string[], boolean];

export async function createIndexes(db: Kysely<unknown>, indexes: readonly Index[]): Promise<void> {
  for (const [name, table, columns, isUnique] of indexes) {
    const create = db.schema
      .createIndex(name)
      .on(table)
      .columns([...columns]);
    await (isUnique ? create.unique() : create).execute();
  }
}
