import type { Kysely, Migration } from 'kysely';

/** Refused credentials are counted in leaky buckets, whose state is the time at which they are empty. */
export const sharedBuckets: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('attempts').addColumn('empty_at', 'bigint').execute();
  },
};
