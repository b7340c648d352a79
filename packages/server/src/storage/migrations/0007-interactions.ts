import type { Kysely, Migration } from 'kysely';
import { createIndexes, createTable, type MigrationDialect } from './table.ts';

/** What was answered, or used, once on the way to an app: consent pages, silent answers by form_post, re-authentications. */
export const interactions = ({ bytes }: MigrationDialect): Migration => ({
  async up(db: Kysely<unknown>) {
    await createTable(db, 'interactions', {
      key: ['id_hash'],
      columns: {
        id_hash: bytes,
        outcome: 'text',
        'code_id?': 'text',
        closed_at: 'bigint',
        expires_at: 'bigint',
      },
    });
    await createIndexes(db, [['interactions_expiry', 'interactions', ['expires_at'], false]]);
  },
});
