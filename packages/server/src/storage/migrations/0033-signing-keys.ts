import type { Kysely, Migration } from 'kysely';
import { createIndexes, createTable } from './table.ts';

/** Keys that sign what others verify, published at /oauth2/jwks. */
export const signingKeys: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'signing_keys', {
      key: ['id'],
      columns: {
        id: 'text',
        algorithm: 'text',
        sequence: 'integer',
        public_key: 'text',
        sealed_key: 'text',
        created_at: 'bigint',
        active_at: 'bigint',
        'withdrawn_at?': 'bigint',
      },
    });
    await createIndexes(db, [
      ['signing_keys_sequence', 'signing_keys', ['algorithm', 'sequence'], true],
    ]);
  },
};
