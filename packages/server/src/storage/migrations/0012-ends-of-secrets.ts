import type { Kysely, Migration } from 'kysely';

/** A client secret that the former owner of an app could know ends some time after the app was transferred. */
export const endsOfSecrets: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('client_secrets').addColumn('ends_at', 'bigint').execute();
  },
};
