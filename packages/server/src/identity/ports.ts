/** What the identity module needs from storage and mail. Implemented by `storage/`. */
import type { Limits } from '../limits/limits.ts';
import type { Transactions } from '../kit/urgency.ts';
import type { EventLog } from '../audit/event.ts';
import type { PageOf, PageRequest } from '../kit/page.ts';
import type { PersonalDataStore } from './accounts/personal-data.ts';
import type {
  Account,
  AccountOfMember,
  KeptReturn,
  Membership,
  Proof,
  ProofPurpose,
  Role,
  Session,
  Team,
  User,
  UserChanges,
  UserWithRole,
} from './types.ts';

export interface UserStore {
  /** `false` when the address is taken, or held for a user who may undo a change from it. */
  insert(user: User): Promise<boolean>;
  byId(id: string): Promise<User | null>;
  /** Those of them that there are, by their ids. */
  byIds(ids: readonly string[]): Promise<ReadonlyMap<string, User>>;
  /** `email` is lower-cased by the caller. */
  byEmail(email: string): Promise<User | null>;
  /**
   * A change of `passwordChangedAt`, `emailVerifiedAt` or `suspendedAt` ends every link by e-mail that the user was sent
   * before, in the same statement: it was for a state that is gone. A password that is only hashed anew ends none.
   */
  update(id: string, changes: UserChanges): Promise<void>;
  /** Ends the links like `update`. `false` when another user has the address: then nothing was changed. */
  changeEmail(id: string, changes: UserChanges & Pick<User, 'email'>): Promise<boolean>;
  /** Holds the user's row until the transaction ends, so that "count, then insert" is exact on every engine. */
  lock(id: string): Promise<void>;
  /** Holds the rows of all operators who are not suspended until the transaction ends; answers their ids. */
  lockOperators(): Promise<readonly string[]>;
  /** Whose grace period is over and who are not erased, longest overdue first; `after` is the last of the page before. */
  dueForErasure(
    now: number,
    page: { readonly limit: number; readonly after: User | null },
  ): Promise<readonly User[]>;
  erasedSince(at: number): Promise<readonly User[]>;
  /** `true` for exactly one caller in the life of an installation. */
  claimInstallation(userId: string, at: number): Promise<boolean>;
  /**
   * Newest first; `search` matches part of a name or address, case-insensitively. The total of a search counts what was
   * found until the page was full.
   */
  list(search: string, page: PageRequest): Promise<PageOf<UserWithRole>>;
}

export interface AccountStore {
  /** Inserts nothing when there is no such owner, with the same statements. */
  insert(account: Account, team: Team, membership: Membership): Promise<void>;
  /** Accounts that the user is a member of: those that they own, then the others, in the order in which they joined them. */
  ofUser(userId: string, page: PageRequest): Promise<PageOf<AccountOfMember>>;
  /** Accounts that the user owns and is a member of: their own, and those that they took over from people who left. */
  ownedBy(userId: string): Promise<readonly AccountOfMember[]>;
  /** `null` unless the user is a member. */
  ofMember(accountId: string, userId: string): Promise<AccountOfMember | null>;
  membership(accountId: string, userId: string): Promise<Membership | null>;
  /** Inserts or changes; answers the role held before. */
  setMembership(membership: Membership): Promise<Role | null>;
  /** `false` when there was none. */
  removeMembership(accountId: string, userId: string): Promise<boolean>;
  /** Makes somebody the owner, and renames account and teams after them. */
  handOver(accountId: string, to: { ownerId: string; name: string; at: number }): Promise<void>;
  /** By role, then in the order in which they joined. */
  members(accountId: string, page: PageRequest): Promise<PageOf<UserWithRole>>;
  teamsOfAccount(accountId: string, page: PageRequest): Promise<PageOf<Team>>;
  team(id: string): Promise<Team | null>;
}

export interface SessionStore {
  /** Beyond a hundred of one user, those that were used longest ago end. */
  insert(session: Session): Promise<void>;
  byHash(secretHash: Uint8Array): Promise<{ session: Session; user: User } | null>;
  touch(id: string, at: number): Promise<void>;
  /** Notes that the person proved again who they are, beside what they proved before; `false` when the session is over. */
  prove(id: string, proved: { readonly method: string; readonly at: number }): Promise<boolean>;
  /** `false` when there was nothing to end. */
  end(id: string, userId: string): Promise<boolean>;
  /** Ends all sessions of a user but `exceptId`; answers how many. */
  endAll(userId: string, exceptId: string | null): Promise<number>;
  /** Most recently used first. */
  ofUser(userId: string): Promise<readonly Session[]>;
  /** Deletes sessions past their absolute end or last seen before `idleSince`. */
  purge(now: number, idleSince: number): Promise<number>;
}

/**
 * A proof is live while it is unused and unexpired and its user is as when it was sent (`UserStore.update`); for
 * `undo-email-change` the last does not matter.
 */
export interface ProofStore {
  /** Inserts nothing when there is no such user, with the same statement. */
  insert(proof: Proof): Promise<void>;
  byId(id: string): Promise<Proof | null>;
  /** Answers it while it is live, and uses nothing up. */
  live(id: string, purpose: ProofPurpose, now: number): Promise<Proof | null>;
  /** The live one of a purpose that was given to a browser. */
  liveOfBrowser(browserHash: Uint8Array, purpose: ProofPurpose, now: number): Promise<Proof | null>;
  /** One statement: marks a live proof as used and answers it; `null` for every other caller. */
  redeem(id: string, purpose: ProofPurpose, now: number): Promise<Proof | null>;
  /** Voids the user's unused proofs of a purpose. */
  voidAll(userId: string, purpose: ProofPurpose, now: number): Promise<void>;
  /** Voids this one and those of its user and purpose that were sent after it. */
  voidFrom(proof: Pick<Proof, 'id' | 'userId' | 'purpose'>, now: number): Promise<void>;
  /** Whether an address may come back to a user other than this one: a change from it can still be undone. */
  isHeld(email: string, userId: string, now: number): Promise<boolean>;
  purge(before: number): Promise<number>;
}

/** Everything by which programs act for a person, as one: developer tokens, and what was granted to apps. */
export interface AccessStore {
  /** Revokes all that lives; answers how many of each. */
  endAll(
    userId: string,
    now: number,
  ): Promise<{ readonly tokens: number; readonly grants: number }>;
  /** The same within one account. */
  end(
    whose: WhoseAccess,
    now: number,
  ): Promise<{ readonly tokens: number; readonly grants: number }>;
  /** Ends the rows of connections that the two above left, in steps. They are over for every reader before. */
  endRest(now: number, onDropped: (grantId: string) => void): Promise<void>;
  /** What `end` would end. */
  living(whose: WhoseAccess, now: number): Promise<LivingAccess>;
}

export interface WhoseAccess {
  readonly userId: string;
  /** `null`: in every account. */
  readonly accountId: string | null;
}

/** Something by which a program acts for a person. */
export interface LivingThing {
  readonly id: string;
  /** The description of a token, the name of an app. */
  readonly name: string;
  readonly lastUsedAt: number | null;
}

export interface LivingList {
  readonly total: number;
  /** As many as a page shows. */
  readonly first: readonly LivingThing[];
}

export interface LivingAccess {
  readonly tokens: LivingList;
  /** Services with a client secret, which act with the rights of their owner. */
  readonly services: LivingList;
  /** Apps that the person allowed something. */
  readonly grants: LivingList;
}

export interface DeviceStore {
  /** Remembers that a user signed in from this browser, the last hundred of them; `true` when it was not known before. */
  remember(userId: string, deviceHash: Uint8Array, at: number): Promise<boolean>;
  isKnown(userId: string, deviceHash: Uint8Array): Promise<boolean>;
  /** Every browser of the user is new again. */
  forgetAll(userId: string): Promise<void>;
  /** Browsers that nobody signed in from since then; answers how many went. */
  purge(seenBefore: number): Promise<number>;
}

/** Where browsers were going whose addresses are too long for a cookie. */
export interface ReturnStore {
  /** Beyond `most` kept at once, those that end first are forgotten. */
  keep(kept: KeptReturn, most: number): Promise<void>;
  find(handleHash: Uint8Array, now: number): Promise<string | null>;
  /** One statement: answers the path and forgets it; `null` for every other caller. */
  take(handleHash: Uint8Array, now: number): Promise<string | null>;
}

/** Kept forms that were sent: each is carried out once. */
export interface SentFormStore {
  /** `true` for exactly one caller. */
  claim(id: string, expiresAt: number): Promise<boolean>;
  /** For a form that was not carried out after all. */
  release(id: string): Promise<void>;
}

/** Messages of this module, written to the outbox in the transaction of what they report. */
export type AccountNotice =
  | {
      readonly kind: 'verify-email';
      readonly to: string;
      readonly name: string;
      readonly proofId: string;
    }
  | { readonly kind: 'address-in-use'; readonly to: string; readonly name: string }
  | {
      readonly kind: 'reset-password';
      readonly to: string;
      readonly name: string;
      readonly proofId: string;
    }
  | { readonly kind: 'no-such-account'; readonly to: string }
  | {
      readonly kind: 'deletion-requested';
      readonly to: string;
      readonly name: string;
      readonly dueAt: number;
      /** Of the link that takes it back; `null` when only an operator may. */
      readonly proofId: string | null;
    }
  | { readonly kind: 'deletion-cancelled'; readonly to: string; readonly name: string }
  | { readonly kind: 'deletion-done'; readonly to: string }
  | {
      readonly kind: 'account-handed-over';
      readonly to: string;
      readonly name: string;
      readonly accountId: string;
    }
  | {
      readonly kind: 'confirm-identity';
      readonly to: string;
      readonly name: string;
      readonly proofId: string;
    }
  /** To an address that is not proved yet: it carries nothing that the person typed. */
  | { readonly kind: 'change-email'; readonly to: string; readonly proofId: string }
  /** To an address that somebody else wanted. */
  | { readonly kind: 'address-wanted'; readonly to: string }
  /** To an address that somebody corrected a sign-up to that there is not, or not any more. */
  | { readonly kind: 'sign-up-again'; readonly to: string }
  /** To the address of before. */
  | {
      readonly kind: 'email-changed';
      readonly to: string;
      readonly name: string;
      /** With which the change is taken back; `null`: an operator changed the address. */
      readonly proofId: string | null;
      readonly at: number;
      readonly address: string | null;
    }
  /** To the address that a change had led to. */
  | {
      readonly kind: 'email-change-undone';
      readonly to: string;
      readonly name: string;
      readonly at: number;
      readonly address: string | null;
    }
  | {
      readonly kind: 'password-changed';
      readonly to: string;
      readonly name: string;
      readonly at: number;
      readonly address: string | null;
    }
  | {
      readonly kind: 'new-sign-in';
      readonly to: string;
      readonly name: string;
      readonly at: number;
      readonly address: string;
      readonly agent: string;
    }
  | {
      readonly kind: 'access-returned';
      readonly to: string;
      readonly name: string;
      /** What had taken it away. */
      readonly cause: 'suspension' | 'membership';
      /** Whether what worked before works again, or was ended. */
      readonly earlier: 'keep' | 'end';
      readonly tokens: number;
      readonly services: number;
      readonly grants: number;
      readonly at: number;
    };

export interface Outbox<Notice> {
  enqueue(notice: Notice): Promise<void>;
}

export interface AccountStores {
  readonly users: UserStore;
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly proofs: ProofStore;
  readonly attempts: Limits;
  readonly devices: DeviceStore;
  readonly returns: ReturnStore;
  readonly sentForms: SentFormStore;
  readonly access: AccessStore;
  readonly personalData: PersonalDataStore;
  readonly events: EventLog;
  readonly outbox: Outbox<AccountNotice>;
}

export interface AccountStorage extends AccountStores, Transactions<AccountStores> {}
