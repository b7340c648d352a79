import type { Kysely, Migration } from 'kysely';

/**
 * What a client is registered with (RFC 7591 section 2). Rows of before, and those of an older version that runs beside this
 * one, say nothing: then the type of the client does.
 */
export const registeredTerms: Migration = {
  async up(db: Kysely<unknown>) {
    for (const column of ['grant_types', 'token_endpoint_auth_method', 'jwks'])
      await db.schema.alterTable('apps').addColumn(column, 'text').execute();
  },
};
