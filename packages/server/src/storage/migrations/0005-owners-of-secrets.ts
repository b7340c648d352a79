import { sql, type Kysely, type Migration } from 'kysely';
import { createIndexes } from './table.ts';

/** A client secret names the owner of its app, so that what one person made in a day is counted without their apps. */
export const ownersOfSecrets: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('client_secrets')
      // SQLite takes a column without null only with a default.
      .addColumn('owner_id', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await sql`update client_secrets set owner_id = (select owner_id from apps where apps.id = client_secrets.app_id)`.execute(
      db,
    );
    await createIndexes(db, [
      ['client_secrets_owner', 'client_secrets', ['owner_id', 'created_at'], false],
    ]);
  },
};
