/** The checker's answer. Every refusal carries the facts that its holder is told. */
import type { ResourceIds } from '../catalogue/resources.ts';
import type { Role } from '../identity/types.ts';
import type { CallingKind } from '../oauth/tokens/readers.ts';

export type Verdict = ActiveCredential | Refusal;

/** A person's own token, an app on a person's behalf, or an app as itself: the last is never a person. */
export type ActiveCredential = UserCredential | ServiceCredential;

interface Active {
  readonly outcome: 'active';
  readonly kind: CallingKind;
  readonly id: string;
  /** Of a developer token; the name of the app otherwise. */
  readonly description: string;
  readonly accountId: string;
  /** What it may do now: the token's scopes that role and app may hold. */
  readonly scopes: readonly string[];
  /** What the token was given, before role and app are considered. */
  readonly tokenScopes: readonly string[];
  /** All that it is for. */
  readonly resources: ResourceIds;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

export interface UserCredential extends Active {
  readonly userId: string;
  readonly role: Role;
  /** `null` for a developer token. */
  readonly app: CallingApp | null;
}

export interface ServiceCredential extends Active {
  readonly userId: null;
  readonly role: null;
  readonly app: CallingApp;
}

export interface CallingApp {
  /** `client_id`. */
  readonly id: string;
  /** `null` for an app that acts as itself. */
  readonly grantId: string | null;
}

/** Stable, machine-readable, documented in docs/reference/endpoints.md. */
export type RefusalReason =
  | 'token_missing'
  | 'token_malformed'
  | 'token_unknown'
  | 'wrong_audience'
  | 'token_expired'
  | 'token_disabled'
  | 'token_revoked'
  | 'token_exposed'
  | 'grant_revoked'
  | 'app_disabled'
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
