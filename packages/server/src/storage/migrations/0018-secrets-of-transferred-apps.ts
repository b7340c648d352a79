import type { Kysely, Migration } from 'kysely';

/** When an app was given to another owner while a secret of it lived: the new owner chooses its end, within 7 days of then. */
export const secretsOfTransferredApps: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('client_secrets').addColumn('transferred_at', 'bigint').execute();
  },
};
