import { sql, type Kysely, type Migration } from 'kysely';
import { createTable } from './table.ts';

/** A person's access that ended at once and whose grants end in steps. See docs/decisions/2026-11-28-ended-access-is-marked.md. */
export const accessEndsInSteps: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'access_ends', {
      columns: {
        user_id: 'text',
        account_id: 'text',
        epoch: 'bigint',
        ended_at: 'bigint',
        'finished_at?': 'bigint',
      },
      key: ['user_id', 'account_id'],
    });
    await sql`create index access_ends_open on access_ends (user_id, account_id) where finished_at is null`.execute(
      db,
    );
    await db.schema
      .alterTable('grants')
      .addColumn('access_epoch', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await sql`create index grants_account on grants (user_id, account_id, updated_at, id) where revoked_at is null`.execute(
      db,
    );
  },
};
