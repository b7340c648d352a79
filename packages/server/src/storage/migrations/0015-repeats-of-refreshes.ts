import type { Kysely, Migration } from 'kysely';
import type { MigrationDialect } from './table.ts';

/** A family knows who made its newest rotation, and how often that was repeated. */
export const repeatsOfRefreshes = ({ bytes }: MigrationDialect): Migration => ({
  async up(db: Kysely<unknown>) {
    const table = 'token_families';
    await db.schema.alterTable(table).addColumn('rotated_network', bytes).execute();
    await db.schema.alterTable(table).addColumn('rotated_agent', bytes).execute();
    await db.schema.alterTable(table).addColumn('rotated_generation', 'bigint').execute();
    for (const counter of ['repeats', 'repeats_elsewhere'])
      await db.schema
        .alterTable(table)
        // SQLite takes a column without null only with a default, and so does a version that does not know it.
        .addColumn(counter, 'bigint', (column) => column.notNull().defaultTo(0))
        .execute();
  },
});
