/** What the apps module needs from storage. Implemented by `storage/`. */
import type { Transactions } from '../kit/urgency.ts';
import type { AccountStore, Outbox, UserStore } from '../identity/ports.ts';
import type { EventLog } from '../audit/event.ts';
import type { MadeSince } from '../limits/day-limit.ts';
import type { PageOf, PageRequest } from '../kit/page.ts';
import type { AuthorizationCode } from '../oauth/vocabulary.ts';
import type { App, AppOffer, AppSecret } from './types.ts';

export type AppChanges = Partial<
  Omit<App, 'id' | 'ownerId' | 'accountId' | 'type' | 'creationKey' | 'createdAt' | 'updatedAt'>
>;

/** What a calling token covers: apps of an account whose scopes it covers, but no resource server. */
export interface AppsWithin {
  readonly accountId: string;
  readonly covers: (scopes: readonly string[]) => boolean;
}

export interface AppFilter {
  readonly ownerId?: string;
  /** Only apps of the owner that a calling token covers. */
  readonly within?: AppsWithin;
  /** Part of the name, case-insensitively. */
  readonly search?: string;
}

export interface AppStore {
  /** `false` when the owner, or for an app of nobody anybody, already made one with this creation key. */
  insert(app: App): Promise<boolean>;
  /** Until the transaction ends, nobody else changes it. */
  lock(id: string): Promise<void>;
  /** Deleted apps included. */
  byId(id: string): Promise<App | null>;
  /** The same of several, by their ids; those that there are. */
  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, App>>;
  byCreationKey(ownerId: string | null, creationKey: string): Promise<App | null>;
  /** Newest first, without deleted ones. The total of a search counts what was found until the page was full. */
  list(filter: AppFilter, page: PageRequest): Promise<PageOf<App>>;
  countLive(ownerId: string): Promise<number>;
  madeAt(ownerId: string, asked: MadeSince): Promise<number | null>;
  /** Gives an app of `fromId`, or of nobody, another owner; `false` when it was deleted or given away meanwhile. */
  transfer(
    id: string,
    change: Pick<App, 'ownerId' | 'accountId' | 'creationKey'> & { readonly fromId: string | null },
    now: number,
  ): Promise<boolean>;
  /** Changes an app that is not deleted; `false` otherwise. */
  update(id: string, changes: AppChanges, now: number): Promise<boolean>;
}

export interface AppSecretStore {
  /** `false` when the app already has a secret with this creation key. */
  insert(secret: AppSecret): Promise<boolean>;
  /** Live ones, newest first. */
  ofApp(appId: string): Promise<readonly AppSecret[]>;
  byCreationKey(appId: string, creationKey: string): Promise<AppSecret | null>;
  /** Of all apps of one owner together. */
  madeAt(ownerId: string, asked: MadeSince): Promise<number | null>;
  /** Whether a developer token works now. Asked under the lock of its user, which its end takes too. */
  isMakerLive(tokenId: string, now: number): Promise<boolean>;
  /** The app got another owner: all that live end `at` the latest, and no longer with the token that made them. */
  endAt(appId: string, ends: { readonly at: number; readonly now: number }): Promise<void>;
  /** Another end for one that ends by itself and is not revoked. */
  setEnd(appId: string, id: string, endsAt: number): Promise<void>;
  /** `false` when there is none that lives. */
  revoke(appId: string, id: string, now: number): Promise<boolean>;
  revokeAll(appId: string, now: number): Promise<void>;
  /** Moves last-used forward, never back. */
  recordUse(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void>;
}

/** An offer is open while it is neither closed nor expired, and its app is there and still of whoever offered it, unsuspended. */
export interface AppOfferStore {
  insert(offer: AppOffer): Promise<void>;
  byId(id: string): Promise<AppOffer | null>;
  openOf(appId: string, now: number): Promise<AppOffer | null>;
  /** Newest first. */
  openTo(email: string, asked: { now: number; most: number }): Promise<readonly AppOffer[]>;
  madeAt(fromId: string, asked: MadeSince): Promise<number | null>;
  /** How many were made to an address since then, whatever became of them. */
  countTo(email: string, since: number): Promise<number>;
  /** `true` for exactly one caller, and not after it expired. */
  close(id: string, now: number): Promise<boolean>;
  closeAll(appId: string, now: number): Promise<void>;
}

export type SentCode = Pick<AuthorizationCode, 'redirectUri' | 'codeChallenge'>;

/** What ends with an app: everything that was ever granted to it. */
export interface AppGrants {
  /**
   * Grants, families and unused codes of an app that is deleted in the same transaction: the first of them now, the rest by
   * `endOfDeleted`. Answers how many grants lived.
   */
  endOfApp(appId: string, at: number): Promise<number>;
  /** Goes on where deletions stopped, in small steps. A grant that the database refuses to end is named and tried again. */
  endOfDeleted(now: number, onDropped: (grantId: string) => void): Promise<void>;
  /** Access tokens by which the app acts as itself; with `secretId` those alone that came by that secret. */
  revokeOwnTokens(appId: string, secretId: string | null, now: number): Promise<void>;
  /** Ends its unused codes of which this is true; never the tokens that came of others. */
  endCodes(appId: string, isOver: (code: SentCode) => boolean, now: number): Promise<void>;
  /** How many people have it connected now; nobody once it is deleted. */
  countUsers(appId: string): Promise<number>;
  /** The same of several apps at once; those that nobody has are left out. */
  countUsersOf(appIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

export type AppNotice = AppTransferred | AppOffered | AppOfferMade | AppOfferDeclined;

type AppTransferred = {
  readonly kind: 'app-transferred';
  readonly to: string;
  readonly name: string;
  /** Whether the former owner offered it and the new one accepted; not there: an operator did it. */
  readonly isAccepted?: boolean;
  readonly appId: string;
  readonly appName: string;
  /** Whether this is the new owner or the former one. */
  readonly isNewOwner: boolean;
  /** The address of the other; empty: nobody owned it before. */
  readonly other: string;
  /** When the client secrets of before end; `null`: they ended at once, or there were none. */
  readonly secretsEndAt: number | null;
  readonly at: number;
};

/** To an address that perhaps nobody has proved: it carries nothing that anybody typed. */
type AppOffered = {
  readonly kind: 'app-offered';
  readonly to: string;
  readonly expiresAt: number;
};

/** To the owner who offered it. */
type AppOfferMade = {
  readonly kind: 'app-offer-made';
  readonly to: string;
  readonly name: string;
  readonly appId: string;
  readonly appName: string;
  /** The address that it was offered to. */
  readonly other: string;
  readonly expiresAt: number;
  readonly at: number;
  readonly address: string | null;
};

/** To the owner who offered it. */
type AppOfferDeclined = {
  readonly kind: 'app-offer-declined';
  readonly to: string;
  readonly name: string;
  readonly appId: string;
  readonly appName: string;
  readonly at: number;
};

export interface AppStores {
  readonly outbox: Outbox<AppNotice>;
  readonly users: UserStore;
  readonly accounts: AccountStore;
  readonly apps: AppStore;
  readonly secrets: AppSecretStore;
  readonly appGrants: AppGrants;
  readonly offers: AppOfferStore;
  readonly events: EventLog;
}

export interface AppStorage extends AppStores, Transactions<AppStores> {}
