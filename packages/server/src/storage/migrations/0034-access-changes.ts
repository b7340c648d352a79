import { sql, type Kysely, type Migration } from 'kysely';
import { createIndexes, createTable } from './table.ts';

/** What changed access, in the order of commits. The counter is a row, because it is locked until the commit. */
export const accessChanges: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'access_counter', {
      key: ['id'],
      columns: { id: 'integer', position: 'bigint' },
    });
    await sql`insert into access_counter (id, position) values (1, 0)`.execute(db);
    await createTable(db, 'access_changes', {
      key: ['position'],
      columns: {
        position: 'bigint',
        kind: 'text',
        'token_id?': 'text',
        'family_id?': 'text',
        'grant_id?': 'text',
        'client_id?': 'text',
        'secret_id?': 'text',
        'user_id?': 'text',
        'account_id?': 'text',
        'resource_id?': 'text',
        written_at: 'bigint',
      },
    });
    await createIndexes(db, [['access_changes_time', 'access_changes', ['written_at'], false]]);
  },
};
