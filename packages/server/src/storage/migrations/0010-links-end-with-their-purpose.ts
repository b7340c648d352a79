import type { Kysely, Migration } from 'kysely';
import { createIndexes } from './table.ts';

/**
 * A link by e-mail belongs to the state of its user when it was sent, which a number stands for, and to an address. What
 * the version before writes has number 0 and no address.
 */
export const linksEndWithTheirPurpose: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('users')
      .addColumn('proof_epoch', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .alterTable('proofs')
      .addColumn('epoch', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable('proofs').addColumn('email', 'text').execute();
    await createIndexes(db, [['proofs_email', 'proofs', ['email', 'purpose'], false]]);
  },
};
