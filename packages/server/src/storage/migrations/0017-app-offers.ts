import type { Kysely, Migration } from 'kysely';
import { createIndexes, createTable } from './table.ts';

/** Apps that their owners offered to whoever reads an address, and what became of each offer. */
export const appOffers: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'app_offers', {
      key: ['id'],
      columns: {
        id: 'text',
        app_id: 'text',
        from_id: 'text',
        email: 'text',
        created_at: 'bigint',
        expires_at: 'bigint',
        'closed_at?': 'bigint',
      },
      references: { app_id: 'apps', from_id: 'users' },
    });
    await createIndexes(db, [
      ['app_offers_app', 'app_offers', ['app_id'], false],
      ['app_offers_from', 'app_offers', ['from_id', 'created_at'], false],
      ['app_offers_email', 'app_offers', ['email'], false],
      ['app_offers_expiry', 'app_offers', ['expires_at'], false],
    ]);
  },
};
