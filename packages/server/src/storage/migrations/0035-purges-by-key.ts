import { sql, type Kysely, type Migration } from 'kysely';
import { createIndexes, type Index } from './table.ts';

/** Many rows can end at the same second: a purge goes on from one row of them to the next by the index alone. */
export const purgesByKey: Migration = {
  async up(db: Kysely<unknown>) {
    for (const name of REPLACED) await sql`drop index ${sql.id(name)}`.execute(db);
    await createIndexes(db, INDEXES);
  },
};

const INDEXES: readonly Index[] = [
  ['sent_forms_expiry', 'sent_forms', ['expires_at', 'id'], false],
  ['interactions_expiry', 'interactions', ['expires_at', 'id_hash'], false],
  ['authorization_codes_expiry', 'authorization_codes', ['expires_at', 'id'], false],
  ['access_tokens_expiry', 'access_tokens', ['expires_at', 'id'], false],
  ['access_changes_time', 'access_changes', ['written_at', 'position'], false],
  ['app_offers_expiry', 'app_offers', ['expires_at', 'id'], false],
  ['token_families_end', 'token_families', ['ends_at', 'id'], false],
  [
    'token_addresses_use',
    'token_addresses',
    ['last_used_at', 'token_id', 'address', 'agent'],
    false,
  ],
];

const REPLACED = INDEXES.map(([name]) => name);
