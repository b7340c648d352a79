/** What one user allowed one app in one account. Times are epoch seconds. */
import type { ResourceIds } from '../catalogue/resources.ts';
import type { ClientType } from '../oauth/vocabulary.ts';

export interface Grant {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly scopes: readonly string[];
  /** Every API that the app was allowed to ask tokens for. */
  readonly resources: ResourceIds;
  /** Scopes that were offered and left out, or taken back. */
  readonly declinedScopes: readonly string[];
  /** Allowed once and no longer covered: the app lost them since, whether or not it has them again. */
  readonly lapsedScopes: readonly string[];
  /** The revision of the app's scopes as of which it was allowed. */
  readonly appRevision: number;
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
    /** Who owns it now, which a transfer changes; `null`: nobody. */
    readonly ownerName: string | null;
  };
  readonly accountName: string;
  /** Calls in the last 30 days. */
  readonly calls: number;
}
