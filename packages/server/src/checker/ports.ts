/** What the checker needs from storage: one read by primary key. */
import type { Role } from '../accounts/types.ts';

/** Everything a verdict depends on, read in one statement. */
export interface CredentialFacts {
  readonly id: string;
  readonly secretHash: Uint8Array;
  readonly description: string;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly disabledAt: number | null;
  readonly revokedAt: number | null;
  readonly exposedAt: number | null;
  readonly userId: string;
  readonly userSuspendedAt: number | null;
  readonly accountId: string;
  /** `null` when the user is no longer a member of the account. */
  readonly role: Role | null;
}

export interface CredentialSource {
  find(id: string): Promise<CredentialFacts | null>;
}
