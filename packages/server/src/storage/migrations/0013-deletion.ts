import { sql, type Kysely, type Migration } from 'kysely';

/** People who asked to be deleted, or whom an operator deletes: since when, until when, and what became of it. */
export const deletion: Migration = {
  async up(db: Kysely<unknown>) {
    for (const [name, type] of [
      ['deletion_requested_at', 'bigint'],
      ['deletion_due_at', 'bigint'],
      ['deletion_requested_by', 'text'],
      ['deletion_heir_id', 'text'],
      ['suspended_before_at', 'bigint'],
      ['erasure_started_at', 'bigint'],
      ['erased_at', 'bigint'],
    ] as const)
      await db.schema.alterTable('users').addColumn(name, type).execute();
    await sql`create index users_deletion on users (deletion_due_at) where deletion_due_at is not null`.execute(
      db,
    );
    // What one person did to others: few rows of a log that is mostly about its own people.
    await sql`create index events_by_others on events (actor_id, id) where user_id is null or user_id <> actor_id`.execute(
      db,
    );
  },
};
