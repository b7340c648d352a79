import { sql, type Kysely, type Migration } from 'kysely';
import {
  createIndexes,
  createTable,
  type Definition,
  type Index,
  type MigrationDialect,
  type Type,
} from './table.ts';

const time = 'bigint' as const;
const dates = { created_at: time, updated_at: time } as const;

export const oauth = ({ bytes }: MigrationDialect): Migration => ({
  async up(db: Kysely<unknown>) {
    for (const [table, definition] of Object.entries<Definition>({
      ...clients(bytes),
      ...issued(bytes),
    })) {
      await createTable(db, table, definition);
    }
    await createIndexes(db, INDEXES);
    for (const statement of PARTIAL_INDEXES) await statement.execute(db);
  },
});

const clients = (bytes: Type) =>
  ({
    apps: {
      references: { owner_id: 'users', account_id: 'accounts' },
      key: ['id'],
      columns: {
        id: 'text',
        owner_id: 'text',
        account_id: 'text',
        type: 'text',
        name: 'text',
        search_name: 'text',
        'description?': 'text',
        'homepage_url?': 'text',
        'privacy_url?': 'text',
        redirect_uris: 'text',
        scopes: 'text',
        optional_scopes: 'text',
        allows_missing_pkce: 'integer',
        'access_seconds?': 'integer',
        'refresh_seconds?': 'integer',
        is_refresh_strict: 'integer',
        may_introspect: 'integer',
        creation_key: 'text',
        ...dates,
        'disabled_at?': time,
        'deleted_at?': time,
      },
    },
    client_secrets: {
      references: { app_id: 'apps' },
      key: ['id'],
      columns: {
        id: 'text',
        app_id: 'text',
        secret_hash: bytes,
        creation_key: 'text',
        created_at: time,
        'revoked_at?': time,
        'last_used_at?': time,
      },
    },
    grants: {
      references: { user_id: 'users', client_id: 'apps', account_id: 'accounts' },
      key: ['id'],
      columns: {
        id: 'text',
        user_id: 'text',
        client_id: 'text',
        account_id: 'text',
        scopes: 'text',
        declined_scopes: 'text',
        ...dates,
        'revoked_at?': time,
        'last_used_at?': time,
      },
    },
    grant_uses: {
      references: { grant_id: 'grants' },
      key: ['grant_id', 'day'],
      columns: { grant_id: 'text', day: 'integer', calls: 'bigint' },
    },
  }) satisfies Record<string, Definition>;

const issued = (bytes: Type) =>
  ({
    authorization_codes: {
      references: { grant_id: 'grants' },
      key: ['id'],
      columns: {
        id: 'text',
        secret_hash: bytes,
        client_id: 'text',
        grant_id: 'text',
        user_id: 'text',
        account_id: 'text',
        scopes: 'text',
        redirect_uri: 'text',
        is_redirect_uri_required: 'integer',
        'code_challenge?': 'text',
        created_at: time,
        expires_at: time,
        'redeemed_at?': time,
        'family_id?': 'text',
      },
    },
    token_families: {
      references: { grant_id: 'grants' },
      key: ['id'],
      columns: {
        id: 'text',
        client_id: 'text',
        grant_id: 'text',
        user_id: 'text',
        account_id: 'text',
        scopes: 'text',
        'refresh_hash?': bytes,
        'previous_hash?': bytes,
        'rotation_salt?': bytes,
        access_token_id: 'text',
        generation: 'bigint',
        rotated_at: time,
        'refresh_expires_at?': time,
        ends_at: time,
        created_at: time,
        'revoked_at?': time,
      },
    },
    access_tokens: {
      references: { client_id: 'apps', family_id: 'token_families' },
      key: ['id'],
      columns: {
        id: 'text',
        secret_hash: bytes,
        client_id: 'text',
        'family_id?': 'text',
        'user_id?': 'text',
        'secret_id?': 'text',
        account_id: 'text',
        scopes: 'text',
        generation: 'bigint',
        created_at: time,
        expires_at: time,
        'revoked_at?': time,
      },
    },
  }) satisfies Record<string, Definition>;

const INDEXES: readonly Index[] = [
  ['apps_creation', 'apps', ['owner_id', 'creation_key'], true],
  ['apps_owner', 'apps', ['owner_id', 'created_at'], false],
  ['client_secrets_creation', 'client_secrets', ['app_id', 'creation_key'], true],
  ['grants_user', 'grants', ['user_id', 'updated_at'], false],
  ['grants_client', 'grants', ['client_id'], false],
  ['grant_uses_day', 'grant_uses', ['day'], false],
  ['authorization_codes_grant', 'authorization_codes', ['grant_id'], false],
  ['authorization_codes_expiry', 'authorization_codes', ['expires_at'], false],
  ['token_families_grant', 'token_families', ['grant_id'], false],
  ['token_families_end', 'token_families', ['ends_at'], false],
  ['access_tokens_family', 'access_tokens', ['family_id', 'generation'], false],
  ['access_tokens_expiry', 'access_tokens', ['expires_at'], false],
];

const PARTIAL_INDEXES = [
  // One live grant for each user, app and account, whoever races.
  sql`create unique index grants_live on grants (user_id, client_id, account_id) where revoked_at is null`,
  sql`create index access_tokens_own on access_tokens (client_id) where family_id is null`,
];
