/** What the protocol core needs from storage. Implemented by `storage/`. Each verb that spends something answers whether it did. */
import type { Transactions } from '../kit/urgency.ts';
import type { AtHand } from '../kit/at-hand.ts';
import type {
  AccessToken,
  AuthorizationCode,
  CallerMarks,
  ClosedInteraction,
  RegisteredClient,
  TokenFamily,
} from './vocabulary.ts';

export interface ClientStore {
  /** Deleted clients are absent; disabled ones are there and inactive. */
  byId(id: string): AtHand<RegisteredClient | null>;
}

/** What the fate of a code or family depends on besides itself; read in the same statement. */
export interface Standing {
  readonly grantRevokedAt: number | null;
  readonly userSuspendedAt: number | null;
  /** The user's role in the account; `null`: no longer a member. */
  readonly role: string | null;
  /** What the user's consent covers now: what was taken back, and what the app lost since, is not there. */
  readonly consented: readonly string[];
  /** Offered to the user and left out, or taken back. */
  readonly declined: readonly string[];
}

export interface CodeStanding extends Standing {
  readonly code: AuthorizationCode;
}

export interface FamilyStanding extends Standing {
  readonly family: TokenFamily;
}

export interface CodeStore {
  insert(code: AuthorizationCode): Promise<void>;
  standing(id: string): Promise<CodeStanding | null>;
  /** One statement: `true` for exactly one caller, and only while the code has the scopes that it was read with. */
  redeem(
    code: Pick<AuthorizationCode, 'id' | 'scopes'>,
    familyId: string,
    now: number,
  ): Promise<boolean>;
  /** Spends a code without issuing anything. */
  burn(id: string, now: number): Promise<boolean>;
  /** One statement: deletes a code that nobody has redeemed and answers it; `null` for every other caller. */
  withdraw(id: string): Promise<AuthorizationCode | null>;
  /** Deletes those of a grant beyond `count`: first what was redeemed, then the oldest. */
  keepNewest(grantId: string, count: number): Promise<void>;
  purge(expiredBefore: number): Promise<number>;
}

export interface InteractionStore {
  /** One statement: `true` for the first caller. A row past its end counts as absent. */
  close(closed: ClosedInteraction): Promise<boolean>;
  find(idHash: Uint8Array, now: number): Promise<ClosedInteraction | null>;
  /** Another code took the place of the one that it was answered with. */
  setCode(idHash: Uint8Array, codeId: string): Promise<void>;
}

export interface Rotation {
  /** The hash that the presented token must still be. */
  readonly from: Uint8Array;
  /** The scopes that the family must still have. */
  readonly scopes: readonly string[];
  readonly to: Uint8Array;
  readonly salt: Uint8Array;
  readonly marks: CallerMarks;
  readonly accessTokenId: string;
  readonly generation: number;
  readonly refreshExpiresAt: number;
}

export interface Repeat {
  readonly generation: number;
  /** The hash of the presented token. */
  readonly presented: Uint8Array;
  readonly isElsewhere: boolean;
  readonly mostRepeats: number;
  readonly mostElsewhere: number;
}

export interface FamilyStore {
  insert(family: TokenFamily): Promise<void>;
  standing(id: string): Promise<FamilyStanding | null>;
  /** One statement: replaces the refresh token while it is still `from`, and the family lives and was not narrowed. */
  rotate(id: string, rotation: Rotation, now: number): Promise<boolean>;
  /** One statement: `true` while the rotation can still be repeated and has been fewer times than the limits say. */
  countRepeat(id: string, repeat: Repeat): Promise<boolean>;
  /** The tokens that these came after are no longer good for a retry. Families that have moved on are left alone. */
  endRetries(
    used: readonly { readonly familyId: string; readonly generation: number }[],
  ): Promise<void>;
  /** `false` when it was revoked before. */
  revoke(id: string, now: number): Promise<boolean>;
  /** Deletes those of a grant beyond `count`, with their access tokens: first what has ended, then what was used longest ago. */
  keepNewest(grantId: string, count: number, now: number): Promise<void>;
  purge(endedBefore: number): Promise<number>;
}

export interface AccessTokenStore {
  insert(token: AccessToken): Promise<void>;
  byId(id: string): Promise<AccessToken | null>;
  revoke(id: string, now: number): Promise<boolean>;
  /** Deletes tokens of a family up to and including a generation, so that refreshing often leaves no heap behind. */
  dropUpTo(familyId: string, generation: number): Promise<void>;
  /** Of those by which a client acts as itself, deletes all but the newest `count`, a thousand at a time. */
  keepNewestOwn(clientId: string, count: number): Promise<void>;
  purge(expiredBefore: number): Promise<number>;
}

export interface OAuthStores {
  readonly clients: ClientStore;
  readonly codes: CodeStore;
  readonly families: FamilyStore;
  readonly accessTokens: AccessTokenStore;
}

export interface OAuthStorage extends OAuthStores, Transactions<OAuthStores> {}

/** What names scopes of its own. */
export type NamingKind = 'tokens' | 'apps' | 'grants';

/** For reports about the catalogue. */
export interface NamedScopes {
  /** Rows of ids after `after` that were not ended, in order of id. `now` in epoch seconds. */
  page(
    kind: NamingKind,
    page: { readonly after: string; readonly limit: number; readonly now: number },
  ): Promise<readonly { readonly id: string; readonly scopes: readonly string[] }[]>;
}
