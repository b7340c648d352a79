import type { Kysely, Migration } from 'kysely';
import { createIndexes, createTable } from './table.ts';

/** When and how the person of a session proved again who they are, and which kept forms have been sent. */
export const stepUp: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('sessions').addColumn('proved_at', 'bigint').execute();
    await db.schema.alterTable('sessions').addColumn('proved_by', 'text').execute();
    await createTable(db, 'sent_forms', {
      key: ['id'],
      columns: { id: 'text', expires_at: 'bigint' },
    });
    await createIndexes(db, [['sent_forms_expiry', 'sent_forms', ['expires_at'], false]]);
  },
};
