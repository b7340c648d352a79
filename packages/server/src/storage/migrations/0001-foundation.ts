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
/** A busy token passes 2^31 uses within weeks. */
const count = 'bigint' as const;
const dates = { created_at: time, updated_at: time } as const;

export const foundation = ({ bytes }: MigrationDialect): Migration => ({
  async up(db: Kysely<unknown>) {
    for (const [table, definition] of Object.entries<Definition>({
      ...people(bytes),
      ...tokens(bytes),
    })) {
      await createTable(db, table, definition);
    }
    await createIndexes(db, INDEXES);
    // Both engines know partial indexes; the queue's one stays as small as what is waiting.
    await sql`create index outbox_due on outbox (next_attempt_at) where sent_at is null and failed_at is null`.execute(
      db,
    );
  },
});

const people = (bytes: Type) =>
  ({
    users: {
      key: ['id'],
      columns: {
        id: 'text',
        email: 'text',
        name: 'text',
        search_name: 'text',
        'bio?': 'text',
        'location?': 'text',
        password_hash: 'text',
        password_changed_at: time,
        'email_verified_at?': time,
        'suspended_at?': time,
        is_operator: 'integer',
        account_id: 'text',
        'first_sign_in_at?': time,
        'last_seen_at?': time,
        ...dates,
      },
    },
    accounts: {
      references: { owner_id: 'users' },
      key: ['id'],
      columns: { id: 'text', display_name: 'text', owner_id: 'text', ...dates },
    },
    teams: {
      references: { account_id: 'accounts' },
      key: ['id'],
      columns: { id: 'text', account_id: 'text', name: 'text', ...dates },
    },
    memberships: {
      references: { account_id: 'accounts', user_id: 'users' },
      key: ['account_id', 'user_id'],
      columns: { account_id: 'text', user_id: 'text', role: 'text', created_at: time },
    },
    sessions: {
      references: { user_id: 'users' },
      key: ['id'],
      columns: {
        id: 'text',
        user_id: 'text',
        secret_hash: bytes,
        address: 'text',
        agent: 'text',
        created_at: time,
        last_seen_at: time,
        expires_at: time,
      },
    },
    proofs: {
      references: { user_id: 'users' },
      key: ['id'],
      columns: {
        id: 'text',
        user_id: 'text',
        purpose: 'text',
        'browser_hash?': bytes,
        created_at: time,
        expires_at: time,
        'used_at?': time,
      },
    },
    attempts: { key: ['key'], columns: { key: 'text', count, resets_at: time } },
    devices: {
      references: { user_id: 'users' },
      key: ['user_id', 'device_hash'],
      columns: { user_id: 'text', device_hash: bytes, first_seen_at: time, last_seen_at: time },
    },
    installation: { key: ['key'], columns: { key: 'text', value: 'text', set_at: time } },
  }) satisfies Record<string, Definition>;

const tokens = (bytes: Type) =>
  ({
    events: {
      key: ['id'],
      columns: {
        id: 'text',
        'account_id?': 'text',
        'user_id?': 'text',
        'actor_id?': 'text',
        type: 'text',
        details: 'text',
        'resource_id?': 'text',
        'resource_type?': 'text',
        source: 'text',
        client: 'text',
        'address?': 'text',
        created_at: time,
      },
    },
    developer_tokens: {
      references: { user_id: 'users', account_id: 'accounts' },
      key: ['id'],
      columns: {
        id: 'text',
        user_id: 'text',
        account_id: 'text',
        description: 'text',
        scopes: 'text',
        secret_hash: bytes,
        creation_key: 'text',
        ...dates,
        'expires_at?': time,
        'disabled_at?': time,
        'revoked_at?': time,
        'exposed_at?': time,
        'replaced_by_id?': 'text',
        'replaces_id?': 'text',
        'made_by_id?': 'text',
        'last_used_at?': time,
        'last_used_address?': 'text',
        'last_used_agent?': 'text',
        'expiry_notice_days?': 'integer',
      },
    },
    token_uses: {
      references: { token_id: 'developer_tokens' },
      key: ['token_id', 'day', 'outcome'],
      columns: { token_id: 'text', day: 'integer', outcome: 'text', count },
    },
    token_addresses: {
      references: { token_id: 'developer_tokens' },
      key: ['token_id', 'address', 'agent'],
      columns: {
        token_id: 'text',
        address: 'text',
        agent: 'text',
        first_used_at: time,
        last_used_at: time,
        uses: count,
      },
    },
    outbox: {
      key: ['id'],
      columns: {
        id: 'text',
        notice: 'text',
        created_at: time,
        attempts: 'integer',
        next_attempt_at: time,
        'sent_at?': time,
        'failed_at?': time,
        'last_error?': 'text',
      },
    },
  }) satisfies Record<string, Definition>;

const INDEXES: readonly Index[] = [
  ['users_email', 'users', ['email'], true],
  ['memberships_user', 'memberships', ['user_id'], false],
  ['teams_account', 'teams', ['account_id'], false],
  ['sessions_hash', 'sessions', ['secret_hash'], true],
  ['sessions_user', 'sessions', ['user_id'], false],
  ['proofs_user', 'proofs', ['user_id', 'purpose'], false],
  ['events_user', 'events', ['user_id', 'id'], false],
  ['events_account', 'events', ['account_id', 'id'], false],
  ['events_resource', 'events', ['resource_id', 'id'], false],
  ['developer_tokens_creation', 'developer_tokens', ['user_id', 'creation_key'], true],
  ['developer_tokens_user', 'developer_tokens', ['user_id', 'created_at'], false],
  ['developer_tokens_expiry', 'developer_tokens', ['expires_at'], false],
  ['developer_tokens_maker', 'developer_tokens', ['made_by_id'], false],
  ['developer_tokens_replaced', 'developer_tokens', ['replaces_id'], false],
  ['developer_tokens_created', 'developer_tokens', ['created_at'], false],
  ['token_uses_day', 'token_uses', ['day'], false],
  ['token_addresses_token', 'token_addresses', ['token_id', 'last_used_at'], false],
  ['token_addresses_use', 'token_addresses', ['last_used_at'], false],
];
