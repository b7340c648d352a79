import { sql, type Kysely, type Migration } from 'kysely';

/**
 * Which messages a mail server had in full without saying whether it keeps them, and which wait for a server that takes
 * nothing from us. Rows of an older version have neither.
 */
export const mailInDoubt: Migration = {
  async up(db: Kysely<unknown>) {
    const outbox = () => db.schema.alterTable('outbox');
    await outbox()
      .addColumn('unanswered', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await outbox().addColumn('held_since', 'bigint').execute();
    await sql`create index outbox_held on outbox (held_since) where held_since is not null and sent_at is null and failed_at is null`.execute(
      db,
    );
  },
};
