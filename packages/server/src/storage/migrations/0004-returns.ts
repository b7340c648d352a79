import type { Kysely, Migration } from 'kysely';
import { createIndexes, createTable, type MigrationDialect } from './table.ts';

/** Where a browser was going that signs up or recovers first, when that is too long for a cookie. */
export const returns = ({ bytes }: MigrationDialect): Migration => ({
  async up(db: Kysely<unknown>) {
    await createTable(db, 'returns', {
      key: ['handle_hash'],
      columns: { handle_hash: bytes, path: 'text', expires_at: 'bigint' },
    });
    await createIndexes(db, [['returns_expiry', 'returns', ['expires_at'], false]]);
  },
});
