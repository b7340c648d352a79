import { sql, type Kysely, type Migration } from 'kysely';

/** When the last grant of a deleted app ended. Until then its grants end in steps, and lists leave them out. */
export const grantsEndInSteps: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('apps').addColumn('grants_ended_at', 'bigint').execute();
    // Until now all of them ended in the transaction of the deletion.
    await sql`update apps set grants_ended_at = deleted_at where deleted_at is not null`.execute(
      db,
    );
    await sql`create index apps_ending on apps (id) where deleted_at is not null and grants_ended_at is null`.execute(
      db,
    );
  },
};
