import { sql, type Kysely, type Migration } from 'kysely';
import { createIndexes, type Index } from './table.ts';

/** Every purge finds its rows by an index, in the order in which it deletes them. */
export const endsByIndex: Migration = {
  async up(db: Kysely<unknown>) {
    await createIndexes(db, INDEXES);
    for (const [name, table, column] of PARTIAL)
      await sql`create index ${sql.id(name)} on ${sql.table(table)} (${sql.ref(column)}, id) where ${sql.ref(column)} is not null`.execute(
        db,
      );
    for (const name of REPLACED) await sql`drop index ${sql.id(name)}`.execute(db);
  },
};

const INDEXES: readonly Index[] = [
  ['sessions_end', 'sessions', ['expires_at', 'id'], false],
  ['sessions_idle', 'sessions', ['last_seen_at', 'id'], false],
  ['proofs_expiry', 'proofs', ['expires_at', 'id'], false],
  ['attempts_reset', 'attempts', ['resets_at', 'key'], false],
  ['devices_seen', 'devices', ['last_seen_at', 'user_id', 'device_hash'], false],
  // Many rows share a day: without the key each step would sort all of them.
  ['token_uses_order', 'token_uses', ['day', 'token_id', 'outcome'], false],
  ['grant_uses_order', 'grant_uses', ['day', 'grant_id'], false],
  ['events_created', 'events', ['created_at', 'id'], false],
  // An app that is deleted must not be looked for in every access token.
  ['access_tokens_client', 'access_tokens', ['client_id', 'family_id'], false],
];

/** Few rows have these dates. */
const PARTIAL: readonly (readonly [string, string, string])[] = [
  ['outbox_sent', 'outbox', 'sent_at'],
  ['outbox_failed', 'outbox', 'failed_at'],
  ['token_families_unused', 'token_families', 'refresh_expires_at'],
  ['token_families_revoked', 'token_families', 'revoked_at'],
  ['developer_tokens_revoked', 'developer_tokens', 'revoked_at'],
  ['developer_tokens_exposed', 'developer_tokens', 'exposed_at'],
  ['client_secrets_revoked', 'client_secrets', 'revoked_at'],
  ['client_secrets_end', 'client_secrets', 'ends_at'],
  ['grants_revoked', 'grants', 'revoked_at'],
  ['apps_deleted', 'apps', 'deleted_at'],
];

const REPLACED = ['token_uses_day', 'grant_uses_day', 'access_tokens_own'];
