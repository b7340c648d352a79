/** People, how they sign in, and what is written about them. */
import { sql } from 'kysely';
import { ofUser, ofOwner, HASH, OF_THE_SEARCH, ERASED_NAME, text, type Tables } from './table.ts';

export const PEOPLE = {
  users: {
    key: ['id'],
    belongs: ({ id }) => sql`id = ${id}`,
    exported: {
      section: 'profile',
      order: ['id'],
      columns: [
        'id',
        'email',
        'name',
        'bio',
        'location',
        'password_changed_at',
        'email_verified_at',
        'suspended_at',
        'deletion_requested_at',
        'deletion_due_at',
        'deletion_requested_by',
        'deletion_heir_id',
        'suspended_before_at',
        'erasure_started_at',
        'erased_at',
        'is_operator',
        'account_id',
        'first_sign_in_at',
        'last_seen_at',
        'created_at',
        'updated_at',
      ],
      leftOut: {
        password_hash: HASH,
        search_name: OF_THE_SEARCH,
        proof_epoch: 'a counter that ends links, and says nothing',
      },
    },
    erasure: { kind: 'by-hand' },
  },
  accounts: {
    key: ['id'],
    belongs: ofOwner,
    exported: {
      section: 'accounts',
      order: ['created_at', 'id'],
      columns: ['id', 'display_name', 'owner_id', 'created_at', 'updated_at'],
    },
    erasure: { kind: 'clear', set: { display_name: text(`${ERASED_NAME}'s account`) } },
  },
  teams: {
    key: ['id'],
    belongs: ({ id }) => sql`account_id in (select id from accounts where owner_id = ${id})`,
    exported: {
      section: 'teams',
      order: ['id'],
      columns: ['id', 'account_id', 'name', 'created_at', 'updated_at'],
    },
    erasure: { kind: 'clear', set: { name: text(`${ERASED_NAME}'s team`) } },
  },
  memberships: {
    key: ['account_id', 'user_id'],
    belongs: ofUser,
    exported: {
      section: 'memberships',
      order: ['account_id'],
      columns: ['account_id', 'user_id', 'role', 'created_at'],
    },
    erasure: { kind: 'delete' },
  },
  sessions: {
    key: ['id'],
    belongs: ofUser,
    exported: {
      section: 'sessions',
      order: ['id'],
      columns: [
        'id',
        'user_id',
        'address',
        'agent',
        'created_at',
        'last_seen_at',
        'expires_at',
        'amr',
        'proved_at',
        'proved_by',
      ],
      leftOut: { secret_hash: HASH },
    },
    erasure: { kind: 'delete' },
  },
  proofs: {
    key: ['id'],
    belongs: ofUser,
    exported: {
      section: 'links_by_mail',
      order: ['purpose', 'id'],
      columns: ['id', 'user_id', 'purpose', 'email', 'created_at', 'expires_at', 'used_at'],
      leftOut: { browser_hash: HASH, epoch: 'a counter that ends links, and says nothing' },
    },
    erasure: { kind: 'delete' },
  },
  attempts: {
    key: ['key'],
    belongs: ({ inAttemptKeys }) =>
      sql`(${sql.join(
        inAttemptKeys.map((part) => sql`key like ${`%${escaped(part)}%`} escape '\\'`),
        sql` or `,
      )})`,
    exported: {
      section: 'attempts',
      order: ['key'],
      columns: ['key', 'count', 'resets_at'],
      leftOut: { empty_at: 'of refused credentials, which are counted by network and client' },
    },
    erasure: { kind: 'delete' },
  },
  devices: {
    key: ['user_id', 'device_hash'],
    belongs: ofUser,
    exported: {
      section: 'known_browsers',
      order: ['device_hash'],
      columns: ['user_id', 'first_seen_at', 'last_seen_at'],
      leftOut: { device_hash: HASH },
    },
    erasure: { kind: 'delete' },
  },
  signing_keys: {
    key: ['id'],
    belongs: null,
    exported: { notExported: 'keys of the installation' },
    erasure: { kind: 'keep', because: 'names nobody' },
  },
  access_counter: {
    key: ['id'],
    belongs: null,
    exported: { notExported: 'how many changes of access were written' },
    erasure: { kind: 'keep', because: 'names nobody' },
  },
  access_changes: {
    key: ['position'],
    belongs: null,
    exported: { notExported: 'ids of what changed within a day, which is exported itself' },
    erasure: { kind: 'keep', because: 'ids alone, deleted after a day' },
  },
  schema_versions: {
    key: ['migration'],
    belongs: null,
    exported: { notExported: 'which version of the program changed the tables' },
    erasure: { kind: 'keep', because: 'names nobody' },
  },
  list_counts: {
    key: ['list', 'owner', 'slot'],
    belongs: null,
    exported: { notExported: 'how many rows there are, which are exported themselves' },
    erasure: { kind: 'keep', because: 'numbers beside an id' },
  },
  list_groups: {
    key: ['id'],
    belongs: null,
    exported: { notExported: 'the sets of scopes of rows that are exported themselves' },
    erasure: { kind: 'keep', because: 'names of scopes beside ids' },
  },
  installation: {
    key: ['key'],
    belongs: null,
    exported: { notExported: 'is about the installation; holds the id of its first operator' },
    erasure: { kind: 'keep', because: 'nobody else may become the first operator' },
  },
} satisfies Partial<Tables>;

export const LOGS = {
  events: {
    key: ['id'],
    belongs: ofUser,
    exported: {
      section: 'events',
      order: ['id'],
      columns: [
        'id',
        'account_id',
        'user_id',
        'actor_id',
        'type',
        'details',
        'resource_id',
        'resource_type',
        'source',
        'client',
        'address',
        'created_at',
      ],
    },
    erasure: { kind: 'by-hand' },
  },
  outbox: {
    key: ['id'],
    belongs: null,
    exported: {
      section: 'mails',
      order: ['id'],
      columns: [
        'id',
        'notice',
        'created_at',
        'attempts',
        'next_attempt_at',
        'sent_at',
        'failed_at',
        'last_error',
        'unanswered',
        'held_since',
      ],
    },
    erasure: { kind: 'by-hand' },
  },
} satisfies Partial<Tables>;

const escaped = (key: string): string => key.replace(/[\\%_]/g, '\\$&');
