import type { Kysely, Migration } from 'kysely';

/** Scopes remember when their app got them, and a consent as of which revision of the app it was given. */
export const consentsThatNarrow: Migration = {
  async up(db: Kysely<unknown>) {
    const counter = async (table: string, column: string): Promise<void> =>
      db.schema
        .alterTable(table)
        // SQLite takes a column without null only with a default, and so does a version that does not know it.
        .addColumn(column, 'bigint', (definition) => definition.notNull().defaultTo(0))
        .execute();
    await counter('apps', 'scope_revision');
    await db.schema
      .alterTable('apps')
      .addColumn('gained_scopes', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await counter('grants', 'app_revision');
  },
};
