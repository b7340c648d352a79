/** The tables as Kysely sees them. Described for people in docs/reference/storage-schema.md. Times are epoch seconds. */
import type { Generated } from 'kysely';
import type { ProofPurpose, Role } from '../identity/types.ts';
import type { Event } from '../audit/event.ts';
import type { OAuthSchema } from './oauth-schema.ts';
import type { ShortLivedSchema } from './short-lived/tables.ts';

interface UserRow {
  id: string;
  email: string;
  name: string;
  /** `name` as the search compares it. */
  search_name: string;
  bio: string | null;
  location: string | null;
  /** Null: the person has no password. */
  password_hash: string | null;
  password_changed_at: number;
  email_verified_at: number | null;
  suspended_at: number | null;
  deletion_requested_at: number | null;
  deletion_due_at: number | null;
  deletion_requested_by: string | null;
  deletion_heir_id: string | null;
  suspended_before_at: number | null;
  erasure_started_at: number | null;
  erased_at: number | null;
  /** 0 or 1: SQLite has no boolean. */
  is_operator: number;
  account_id: string;
  /** Grows with every change that ends the links sent to the user. */
  proof_epoch: Generated<number>;
  first_sign_in_at: number | null;
  last_seen_at: number | null;
  created_at: number;
  updated_at: number;
}

interface SchemaVersionRow {
  migration: string;
  /** Of the program that applied it. */
  version: string;
  /** The oldest schema whose version may work beside it. */
  oldest_reader: number;
}

interface AccountRow {
  id: string;
  display_name: string;
  owner_id: string;
  created_at: number;
  updated_at: number;
}

interface TeamRow {
  id: string;
  account_id: string;
  name: string;
  created_at: number;
  updated_at: number;
}

interface MembershipRow {
  account_id: string;
  user_id: string;
  role: Role;
  created_at: number;
}

interface SessionRow {
  id: string;
  user_id: string;
  secret_hash: Uint8Array;
  address: string;
  agent: string;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  /** `session-proofs.ts` reads and writes these three. */
  amr: string | null;
  proved_at: number | null;
  proved_by: string | null;
}

interface ProofRow {
  id: string;
  user_id: string;
  purpose: ProofPurpose;
  /** `proof_epoch` of the user when it was sent. */
  epoch: Generated<number>;
  email: string | null;
  browser_hash: Uint8Array | null;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

interface AttemptRow {
  key: string;
  count: number;
  resets_at: number;
  empty_at: number | null;
}

interface DeviceRow {
  user_id: string;
  device_hash: Uint8Array;
  first_seen_at: number;
  last_seen_at: number;
}

interface InstallationRow {
  key: string;
  value: string;
  set_at: number;
}

interface EventRow {
  id: string;
  account_id: string | null;
  user_id: string | null;
  actor_id: string | null;
  type: Event['type'];
  details: string;
  resource_id: string | null;
  resource_type: Event['resourceType'];
  source: Event['source'];
  client: string;
  address: string | null;
  created_at: number;
}

interface DeveloperTokenRow {
  id: string;
  user_id: string;
  account_id: string;
  description: string;
  scopes: string;
  resources: string | null;
  secret_hash: Uint8Array;
  creation_key: string;
  created_at: number;
  updated_at: number;
  expires_at: number | null;
  disabled_at: number | null;
  revoked_at: number | null;
  exposed_at: number | null;
  replaced_by_id: string | null;
  replaces_id: string | null;
  made_by_id: string | null;
  last_used_at: number | null;
  last_used_address: string | null;
  last_used_agent: string | null;
  expiry_notice_days: number | null;
  /** Set by the database: tokens of one group have the same owner, account and scopes. */
  group_id: Generated<number | null>;
}

interface TokenUseRow {
  token_id: string;
  day: number;
  outcome: string;
  count: number;
}

interface TokenAddressRow {
  token_id: string;
  address: string;
  agent: string;
  first_used_at: number;
  last_used_at: number;
  uses: number;
}

interface OutboxRow {
  id: string;
  notice: string;
  created_at: number;
  attempts: number;
  next_attempt_at: number;
  sent_at: number | null;
  failed_at: number | null;
  last_error: string | null;
  unanswered: number;
  held_since: number | null;
}

interface SigningKeyRow {
  id: string;
  algorithm: 'RS256' | 'ES256' | 'EdDSA';
  sequence: number;
  public_key: string;
  sealed_key: string;
  created_at: number;
  active_at: number;
  withdrawn_at: number | null;
}

interface ListCountRow {
  list: string;
  /** The id of what the list belongs to; empty: the list of all. */
  owner: string;
  /** The sum over these is the count. */
  slot: number;
  total: number;
}

interface ListGroupRow {
  id: Generated<number>;
  list: 'tokens' | 'apps' | 'grants';
  owner_id: string;
  account_id: string;
  scopes_key: string;
  may_introspect: number;
  scopes: string;
}

interface AccessCounterRow {
  id: number;
  position: number;
}

interface AccessChangeRow {
  position: number;
  kind: string;
  token_id: string | null;
  family_id: string | null;
  grant_id: string | null;
  client_id: string | null;
  secret_id: string | null;
  user_id: string | null;
  account_id: string | null;
  resource_id: string | null;
  written_at: number;
}

export interface Schema extends OAuthSchema, ShortLivedSchema {
  users: UserRow;
  accounts: AccountRow;
  teams: TeamRow;
  memberships: MembershipRow;
  sessions: SessionRow;
  schema_versions: SchemaVersionRow;
  proofs: ProofRow;
  attempts: AttemptRow;
  devices: DeviceRow;
  installation: InstallationRow;
  events: EventRow;
  developer_tokens: DeveloperTokenRow;
  token_uses: TokenUseRow;
  token_addresses: TokenAddressRow;
  outbox: OutboxRow;
  list_counts: ListCountRow;
  list_groups: ListGroupRow;
  signing_keys: SigningKeyRow;
  access_counter: AccessCounterRow;
  access_changes: AccessChangeRow;
}
