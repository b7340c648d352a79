import type { Kysely, Migration } from 'kysely';

/** Null, as everything that an older version writes: for the first resource. */
export const resources: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of CARRYING)
      await db.schema.alterTable(table).addColumn('resources', 'text').execute();
    await db.schema.alterTable('apps').addColumn('resource_id', 'text').execute();
  },
};

const CARRYING = [
  'developer_tokens',
  'grants',
  'authorization_codes',
  'token_families',
  'access_tokens',
] as const;
