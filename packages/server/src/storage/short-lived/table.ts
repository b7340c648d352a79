/** What a table of rows that end at `expires_at` brings: the migrations, the purge, the stores and the personal data are composed of it. */
import type { Migration } from 'kysely';
import type { ScopedHandle } from '../engine.ts';
import type { MigrationDialect } from '../migrations/table.ts';
import type { TableOfPerson } from '../personal-data/table.ts';
import type { Schema } from '../schema.ts';

export interface ShortLivedTable<Table extends keyof Schema, Name extends string, Store> {
  readonly table: Table;
  /** Of its store among the stores. */
  readonly name: Name;
  /** By name, with the number first. Never changed once they are released. */
  readonly migrations: (dialect: MigrationDialect) => Readonly<Record<string, Migration>>;
  readonly personalData: TableOfPerson<keyof Schema[Table] & string>;
  readonly store: (handle: ScopedHandle) => Store;
}

/** Infers the names, and asks for the column by which the purge finds what is over. */
export const shortLived = <Table extends keyof Schema, Name extends string, Store>(
  table: ShortLivedTable<Table, Name, Store> &
    (Schema[Table] extends { expires_at: number } ? unknown : never),
): ShortLivedTable<Table, Name, Store> => table;
