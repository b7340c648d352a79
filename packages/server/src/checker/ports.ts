/** What the checker needs from storage: one read by primary key. */
import type { Role } from '../identity/types.ts';
import type { ResourceIds } from '../catalogue/resources.ts';
import type { AtHand } from '../kit/at-hand.ts';
import type { CallingKind } from '../oauth/tokens/readers.ts';

/** Everything a verdict depends on, read in one statement. */
export interface CredentialFacts {
  readonly id: string;
  readonly secretHash: Uint8Array;
  readonly description: string;
  readonly scopes: readonly string[];
  /** What it is for. */
  readonly resources: ResourceIds;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly disabledAt: number | null;
  readonly revokedAt: number | null;
  readonly exposedAt: number | null;
  /** `null` for an app that acts as itself. */
  readonly userId: string | null;
  readonly userSuspendedAt: number | null;
  readonly accountId: string;
  /** Of the user or, for an app that acts as itself, of its owner; `null` when no longer a member of the account, or nobody owns the app. */
  readonly role: Role | null;
  /** `null` for a developer token. */
  readonly app: AppFacts | null;
}

/** What an access token depends on besides itself. */
export interface AppFacts {
  /** `client_id`. */
  readonly id: string;
  readonly name: string;
  /** Whoever registered it; `null`: nobody owns it. */
  readonly ownerId: string | null;
  /** What it may hold now, whatever the token says: what it is registered for and, of that, what its user's consent covers. */
  readonly scopes: readonly string[];
  /** When the app was disabled or deleted, or its owner suspended. */
  readonly stoppedAt: number | null;
  /** `null` for an app that acts as itself. */
  readonly grantId: string | null;
  /** Of the token; `null` for an app that acts as itself. */
  readonly familyId: string | null;
  /** The client secret by which an app that acts as itself got the token. */
  readonly secretId: string | null;
  /** When the user took the grant back, or all that came of it was revoked. */
  readonly withdrawnAt: number | null;
  /** The newest of its family while the refresh that made it may still be repeated; `null` otherwise. */
  readonly unconfirmed: Unconfirmed | null;
}

export interface Unconfirmed {
  readonly familyId: string;
  readonly generation: number;
  readonly rotatedAt: number;
}

export interface CredentialSource {
  /** At once, from a database in the same process, or later. */
  find(kind: CallingKind, id: string): AtHand<CredentialFacts | null>;
}
