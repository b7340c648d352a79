/** What one user allowed one app in one account. Times are epoch seconds. */
import type { ClientType } from '../oauth/vocabulary.ts';

export interface Grant {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly scopes: readonly string[];
  /** Optional scopes that were offered and left out. */
  readonly declinedScopes: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

/** A live grant as its user looks at it. */
export interface Connection extends Grant {
  readonly app: {
    readonly name: string;
    readonly type: ClientType;
    readonly homepageUrl: string | null;
    readonly privacyUrl: string | null;
    readonly isActive: boolean;
  };
  readonly accountName: string;
  /** Calls in the last 30 days. */
  readonly calls: number;
}
