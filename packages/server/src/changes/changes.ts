/**
 * What ends, narrows or gives back access, as facts. Storage writes them in the transaction of the change, each with a position
 * that is given in the order of commits and without gaps. Whatever keeps something in memory that depends on access reads them
 * and drops exactly that. Never says why something changed: that is for the audit log.
 */
interface OfUser {
  readonly userId: string;
  readonly accountId: string;
}

interface OfGrant extends OfUser {
  readonly grantId: string;
  readonly clientId: string;
}

/** What changed, by its ids: states and scopes are read anew. */
export type AccessFact =
  | ({ readonly kind: 'developer_token'; readonly tokenId: string } & OfUser)
  /** `null`: of an app that acts as itself. */
  | {
      readonly kind: 'access_token';
      readonly tokenId: string;
      readonly clientId: string;
      readonly accountId: string;
      readonly familyId: string | null;
      readonly userId: string | null;
    }
  /** A refresh token with everything that came of it. */
  | ({ readonly kind: 'family'; readonly familyId: string } & OfGrant)
  | ({ readonly kind: 'grant' } & OfGrant)
  | { readonly kind: 'client'; readonly clientId: string }
  | { readonly kind: 'secret'; readonly secretId: string; readonly clientId: string }
  /** The person themselves, or everything of theirs. */
  | { readonly kind: 'user'; readonly userId: string }
  /** Their role in an account, or everything of theirs in it. */
  | ({ readonly kind: 'membership' } & OfUser);

export type ChangeKind = AccessFact['kind'];

/** Where and when it was written, epoch seconds. */
export interface Written {
  /** Counts from 1, in the order of commits, without gaps. */
  readonly position: number;
  readonly at: number;
}

/** `unknown`: a newer version wrote it, and anything may have changed. */
export type AccessChange = (AccessFact | UnknownFact) & Written;

export interface UnknownFact {
  readonly kind: 'unknown';
}
