import type { Kysely, Migration } from 'kysely';

/** How and when the person of a session proved who they are, by method. */
export const howSessionsWereProved: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('sessions').addColumn('amr', 'text').execute();
  },
};
