/** What the developer-tokens module needs from storage and mail. Implemented by `storage/`. */
import type { Transactions } from '../kit/urgency.ts';
import type { AccountStore, Outbox, UserStore } from '../identity/ports.ts';
import type { EventLog } from '../audit/event.ts';
import type { MadeSince } from '../limits/day-limit.ts';
import type { PageOf, PageRequest } from '../kit/page.ts';
import type { DeveloperToken, TokenAddress, TokenUse } from './types.ts';

/** What a calling token covers: itself, and the tokens of an account whose scopes it covers. */
export interface TokensWithin {
  readonly accountId: string;
  readonly tokenId: string;
  readonly covers: (scopes: readonly string[]) => boolean;
}

export interface TokenFilter {
  readonly userId?: string;
  /** Of those that live (`liveAt`), only tokens not used (or, if never used, not made) since this time. */
  readonly unusedSince?: number;
  /** Only tokens of the user that are not revoked, exposed or expired at this time. */
  readonly liveAt?: number;
  /** Only tokens of the user that a calling token covers. */
  readonly within?: TokensWithin;
}

export interface EndedSecret {
  readonly id: string;
  readonly appId: string;
  readonly appName: string;
}

/** What lives of what a token made, and of the tokens that it replaced. */
export interface Lineage {
  /** What `revokeMadeBy` would revoke now, newest first. */
  readonly made: readonly DeveloperToken[];
  /** What `revokeSecretsMadeBy` would revoke now. */
  readonly secrets: readonly EndedSecret[];
  /** The tokens before it in its rotations whose overlap goes on, newest first. */
  readonly replaced: readonly DeveloperToken[];
}

export interface IdPage {
  /** The last id of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/** No life is longer than `longestSeconds`, and no end is brought nearer than `earliestEnd`. */
export interface LifeRule {
  readonly longestSeconds: number;
  readonly earliestEnd: number;
}

export interface DeveloperTokenStore {
  /** `false` when the user already made a token with this creation key. */
  insert(token: DeveloperToken): Promise<boolean>;
  byId(id: string): Promise<DeveloperToken | null>;
  byCreationKey(userId: string, creationKey: string): Promise<DeveloperToken | null>;
  /** Newest first. */
  list(filter: TokenFilter, page: PageRequest): Promise<PageOf<DeveloperToken>>;
  /** Tokens of a user that are not revoked, exposed or expired. */
  countLive(userId: string, now: number): Promise<number>;
  madeAt(userId: string, asked: MadeSince): Promise<number | null>;
  setDescription(id: string, description: string, now: number): Promise<void>;
  /** Changes the scopes only while they are still `from`: a concurrent narrowing is never undone. */
  setScopes(
    id: string,
    change: { from: readonly string[]; to: readonly string[] },
    now: number,
  ): Promise<boolean>;
  /** The next five change live tokens only and answer whether they did. */
  disable(id: string, now: number): Promise<boolean>;
  enable(id: string, now: number): Promise<boolean>;
  revoke(id: string, now: number): Promise<boolean>;
  expose(id: string, now: number): Promise<boolean>;
  /** Records the successor and brings the end forward to `expiresAt`; never later than it was. Once per token. */
  replace(id: string, successor: { id: string; expiresAt: number }, now: number): Promise<boolean>;
  /**
   * Revokes the live ones among all that this token, or one before it in its rotations, made, what those made or were
   * replaced by, and so on, through tokens that have ended already. Its own successor takes over from it and is no part of
   * that, unless the token made it itself. Answers what it revoked.
   */
  revokeMadeBy(id: string, now: number): Promise<readonly DeveloperToken[]>;
  /** Revokes the tokens before this one in its rotations whose overlap goes on. Answers what it revoked. */
  revokeReplaced(id: string, now: number): Promise<readonly DeveloperToken[]>;
  /** Revokes the client secrets that this token, those before it, or any of those, made by API. Answers what it revoked. */
  revokeSecretsMadeBy(id: string, now: number): Promise<readonly EndedSecret[]>;
  /** What ends, or could end, with this token now. */
  lineage(id: string, now: number): Promise<Lineage>;
  /** Live tokens that expire within `days` and were not yet noticed at that distance, soonest first. */
  expiring(days: number, now: number, page: IdPage): Promise<readonly string[]>;
  /** Marks those of these tokens that are still to be noticed, and answers them. */
  takeExpiring(
    days: number,
    now: number,
    ids: readonly string[],
  ): Promise<readonly DeveloperToken[]>;
  /** Live tokens that outlive the rule, in the order of their ids. */
  outliving(rule: LifeRule, now: number, page: IdPage): Promise<readonly string[]>;
  /**
   * Brings the end of those of these tokens that still outlive the rule forward to what it allows; answers them as they are
   * then.
   */
  shortenLives(
    rule: LifeRule,
    now: number,
    ids: readonly string[],
  ): Promise<readonly DeveloperToken[]>;
}

/** What one minute of use adds up to. */
export interface UsageBatch {
  readonly lastUsed: readonly {
    readonly tokenId: string;
    readonly at: number;
    readonly address: string;
    readonly agent: string;
  }[];
  readonly uses: readonly TokenUse[];
  readonly addresses: readonly TokenAddress[];
}

export interface UsageStore {
  /** Adds counts and moves last-used forward, never back. Unknown token ids are skipped. */
  record(batch: UsageBatch): Promise<void>;
  /** Oldest day first. */
  uses(tokenId: string, sinceDay: number): Promise<readonly TokenUse[]>;
  /** Most recently used first, at most `limit`. */
  addresses(tokenId: string, limit: number): Promise<readonly TokenAddress[]>;
  /** Deletes counts of days before this one; answers how many rows. */
  purge(beforeDay: number): Promise<number>;
  /** Deletes addresses not seen since then; answers how many rows. */
  purgeAddresses(before: number): Promise<number>;
}

export type TokenNotice =
  | {
      readonly kind: 'token-created';
      readonly to: string;
      readonly name: string;
      readonly tokenId: string;
      readonly description: string;
      readonly scopes: readonly string[];
      readonly expiresAt: number | null;
      readonly at: number;
      readonly address: string | null;
    }
  | {
      readonly kind: 'token-expires';
      readonly to: string;
      readonly name: string;
      readonly tokenId: string;
      readonly description: string;
      readonly expiresAt: number;
      readonly days: number;
    }
  | {
      readonly kind: 'token-revoked';
      readonly to: string;
      readonly name: string;
      readonly tokenId: string;
      readonly description: string;
      readonly by: string;
      /** Tokens that it had made, revoked with it. */
      readonly madeByIt: number;
      readonly at: number;
    }
  | {
      /** It was found in public, and ended for that. */
      readonly kind: 'token-exposed';
      readonly to: string;
      readonly name: string;
      readonly tokenId: string;
      readonly description: string;
      readonly by: string;
      /** Tokens that it had made, revoked with it. */
      readonly madeByIt: number;
      readonly at: number;
    };

export interface TokenStores {
  readonly users: UserStore;
  readonly accounts: AccountStore;
  readonly tokens: DeveloperTokenStore;
  readonly usage: UsageStore;
  readonly events: EventLog;
  readonly outbox: Outbox<TokenNotice>;
}

export interface TokenStorage extends TokenStores, Transactions<TokenStores> {}
