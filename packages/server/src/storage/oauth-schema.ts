/** The tables of OAuth as Kysely sees them. Flags are 0 or 1; lists are joined by spaces, which none of their items holds. */
import type { Generated } from 'kysely';
import type { ClientType } from '../oauth/vocabulary.ts';

interface AppRow {
  id: string;
  owner_id: string | null;
  account_id: string | null;
  type: ClientType;
  name: string;
  search_name: string;
  description: string | null;
  homepage_url: string | null;
  privacy_url: string | null;
  redirect_uris: string;
  scopes: string;
  optional_scopes: string;
  allows_missing_pkce: number;
  access_seconds: number | null;
  refresh_seconds: number | null;
  is_refresh_strict: number;
  may_introspect: number;
  resource_id: string | null;
  grant_types: string | null;
  token_endpoint_auth_method: string | null;
  jwks: string | null;
  scope_revision: number;
  gained_scopes: string;
  creation_key: string;
  created_at: number;
  updated_at: number;
  disabled_at: number | null;
  deleted_at: number | null;
  /** Of a deleted app: since when none of its grants is live. */
  grants_ended_at: Generated<number | null>;
  /** Set by the database: apps of one group have the same owner, account and scopes. */
  group_id: Generated<number | null>;
}

interface ClientSecretRow {
  id: string;
  app_id: string;
  owner_id: string | null;
  secret_hash: Uint8Array;
  creation_key: string;
  made_by_id: string | null;
  created_at: number;
  revoked_at: number | null;
  last_used_at: number | null;
  ends_at: number | null;
  transferred_at: number | null;
}

interface GrantRow {
  id: string;
  user_id: string;
  client_id: string;
  account_id: string;
  scopes: string;
  declined_scopes: string;
  resources: string | null;
  app_revision: number;
  created_at: number;
  updated_at: number;
  revoked_at: number | null;
  last_used_at: number | null;
  /** Set by the database: grants of one group have the same user, account and scopes. */
  group_id: Generated<number | null>;
  /** An end of access (`access_ends`) with a higher one is the end of this grant. */
  access_epoch: Generated<number>;
}

interface AccessEndRow {
  user_id: string;
  /** Empty: in every account. */
  account_id: string;
  epoch: number;
  ended_at: number;
  /** Since when no grant is left that it ends; `null`: they are still to end. */
  finished_at: number | null;
}

interface GrantUseRow {
  grant_id: string;
  day: number;
  calls: number;
}

interface AuthorizationCodeRow {
  id: string;
  secret_hash: Uint8Array;
  client_id: string;
  grant_id: string;
  user_id: string;
  account_id: string;
  scopes: string;
  resources: string | null;
  redirect_uri: string;
  is_redirect_uri_required: number;
  code_challenge: string | null;
  created_at: number;
  expires_at: number;
  redeemed_at: number | null;
  family_id: string | null;
}

interface TokenFamilyRow {
  id: string;
  client_id: string;
  grant_id: string;
  user_id: string;
  account_id: string;
  scopes: string;
  resources: string | null;
  refresh_hash: Uint8Array | null;
  previous_hash: Uint8Array | null;
  rotation_salt: Uint8Array | null;
  rotated_network: Uint8Array | null;
  rotated_agent: Uint8Array | null;
  rotated_generation: number | null;
  repeats: number;
  repeats_elsewhere: number;
  access_token_id: string;
  generation: number;
  rotated_at: number;
  refresh_expires_at: number | null;
  ends_at: number;
  created_at: number;
  revoked_at: number | null;
}

interface AccessTokenRow {
  id: string;
  secret_hash: Uint8Array;
  client_id: string;
  family_id: string | null;
  user_id: string | null;
  secret_id: string | null;
  account_id: string;
  scopes: string;
  resources: string | null;
  generation: number;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
}

export interface OAuthSchema {
  apps: AppRow;
  client_secrets: ClientSecretRow;
  grants: GrantRow;
  access_ends: AccessEndRow;
  grant_uses: GrantUseRow;
  authorization_codes: AuthorizationCodeRow;
  token_families: TokenFamilyRow;
  access_tokens: AccessTokenRow;
}
