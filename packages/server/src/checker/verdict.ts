/** The checker's answer. Every refusal carries the facts that its holder is told. */
import type { Role } from '../accounts/types.ts';
import type { CredentialKind } from '../oauth/tokens/format.ts';

export type Verdict = ActiveCredential | Refusal;

export interface ActiveCredential {
  readonly outcome: 'active';
  readonly kind: CredentialKind;
  readonly id: string;
  readonly description: string;
  readonly userId: string;
  readonly accountId: string;
  readonly role: Role;
  /** What it may do now: the token's scopes that the role may hold. */
  readonly scopes: readonly string[];
  /** What the token was given, before the role is considered. */
  readonly tokenScopes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

/** Stable, machine-readable, documented in docs/endpoints.md. */
export type RefusalReason =
  | 'token_missing'
  | 'token_malformed'
  | 'token_unknown'
  | 'token_expired'
  | 'token_disabled'
  | 'token_revoked'
  | 'token_exposed'
  | 'user_suspended'
  | 'membership_removed';

export interface Refusal {
  readonly outcome: 'refused';
  readonly reason: RefusalReason;
  /** The public id, once the secret has been proved. */
  readonly tokenId: string | null;
  /** When the state was reached (expired, disabled, revoked, exposed, suspended), epoch seconds. */
  readonly at: number | null;
}
