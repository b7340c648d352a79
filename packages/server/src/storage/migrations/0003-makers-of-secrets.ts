import type { Kysely, Migration } from 'kysely';
import { createIndexes } from './table.ts';

/** A client secret names the developer token that made it, so that it can end with it. */
export const makersOfSecrets: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('client_secrets').addColumn('made_by_id', 'text').execute();
    await createIndexes(db, [['client_secrets_maker', 'client_secrets', ['made_by_id'], false]]);
  },
};
