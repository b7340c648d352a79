import { sql, type Kysely, type Migration } from 'kysely';
import { createIndexes, type Index } from './table.ts';

/** What is read of one owner, or of few rows among many, is found by an index in the order in which it is read. */
export const costsByIndex: Migration = {
  async up(db: Kysely<unknown>) {
    for (const name of REPLACED) await sql`drop index ${sql.id(name)}`.execute(db);
    await createIndexes(db, INDEXES);
    for (const statement of PARTIAL) await sql.raw(statement).execute(db);
  },
};

const REPLACED = [
  'apps_owner',
  'authorization_codes_grant',
  'client_secrets_owner',
  'client_secrets_maker',
  'developer_tokens_expiry',
  'grants_user',
  'memberships_user',
  'proofs_user',
  'token_families_grant',
];

const INDEXES: readonly Index[] = [
  ['apps_owner', 'apps', ['owner_id', 'created_at', 'id'], false],
  ['authorization_codes_grant', 'authorization_codes', ['grant_id', 'id'], false],
  ['client_secrets_owner', 'client_secrets', ['owner_id', 'created_at', 'id'], false],
  ['developer_tokens_expiry', 'developer_tokens', ['expires_at', 'id'], false],
  ['grants_user', 'grants', ['user_id', 'id'], false],
  ['memberships_user', 'memberships', ['user_id', 'account_id'], false],
  ['proofs_user', 'proofs', ['user_id', 'purpose', 'id'], false],
  ['token_families_grant', 'token_families', ['grant_id', 'id'], false],
];

const PARTIAL = [
  'create index client_secrets_maker on client_secrets (made_by_id) where revoked_at is null',
  'create index users_erased on users (erased_at) where erased_at is not null',
  // The last message to somebody who was erased is told from the others by how it begins.
  `create index outbox_last on outbox (id) where notice like '{"kind":"deletion-done"%'`,
];
