import type { Kysely, Migration } from 'kysely';
import { createTable } from './table.ts';

/** Which version made each change of the schema, and how old a version may be that still works beside it. */
export const schemaVersions: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'schema_versions', {
      key: ['migration'],
      columns: { migration: 'text', version: 'text', oldest_reader: 'bigint' },
    });
  },
};
