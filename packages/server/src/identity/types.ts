/** The records of people, workspaces and sessions. Times are epoch seconds; hashes are 32 bytes unless said otherwise. */

export const ROLES = ['owner', 'admin', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

export interface User {
  readonly id: string;
  /** Lower-cased; unique. */
  readonly email: string;
  readonly name: string;
  readonly bio: string | null;
  readonly location: string | null;
  /** A PHC string: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`. `null`: the person has no password. */
  readonly passwordHash: string | null;
  readonly passwordChangedAt: number;
  readonly emailVerifiedAt: number | null;
  readonly suspendedAt: number | null;
  /** Set while a deletion is under way; the person is suspended meanwhile, and for good once erased. */
  readonly deletionRequestedAt: number | null;
  /** When the grace period ends. */
  readonly deletionDueAt: number | null;
  /** Who asked for it; `null`: the command line. */
  readonly deletionRequestedBy: string | null;
  /** Who takes over accounts that others work in. */
  readonly deletionHeirId: string | null;
  /** A suspension that is not the deletion's own, and comes back when that is taken back. */
  readonly suspendedBeforeAt: number | null;
  /** From then on it cannot be taken back. */
  readonly erasureStartedAt: number | null;
  readonly erasedAt: number | null;
  readonly isOperator: boolean;
  /** The account made with the user. */
  readonly accountId: string;
  readonly firstSignInAt: number | null;
  readonly lastSeenAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The facts of a deletion, of somebody who is not being deleted. */
export const NOT_BEING_DELETED = {
  deletionRequestedAt: null,
  deletionDueAt: null,
  deletionRequestedBy: null,
  deletionHeirId: null,
  suspendedBeforeAt: null,
  erasureStartedAt: null,
  erasedAt: null,
} as const satisfies Partial<User>;

export type UserChanges = Partial<Omit<User, 'id' | 'email' | 'accountId' | 'createdAt'>>;

/** A user as the operator lists them: with the role held in the user's own account. */
export interface UserWithRole extends User {
  readonly role: Role | null;
}

export interface Account {
  readonly id: string;
  readonly displayName: string;
  readonly ownerId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Team {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Membership {
  readonly accountId: string;
  readonly userId: string;
  readonly role: Role;
  readonly createdAt: number;
}

/** An account as one of its members sees it. */
export interface AccountOfMember extends Account {
  readonly role: Role;
  readonly memberCount: number;
  readonly ownerEmail: string;
  readonly ownerName: string;
}

export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly secretHash: Uint8Array;
  readonly address: string;
  readonly agent: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** The absolute end, however busy the session is. */
  readonly expiresAt: number;
  readonly amr: Amr;
}

/**
 * How the person of a session proved who they are, and when they last did: by authentication method as RFC 8176 names it,
 * epoch seconds. `pwd` is the password, `email` a link to the address, for which the RFC has no name.
 */
export type Amr = Readonly<Record<string, number>>;

/** `undo-email-change` alone outlives other changes: it is for whoever lost the account to such a change. */
export type ProofPurpose =
  | 'verify-email'
  | 'reset-password'
  | 'step-up'
  | 'cancel-deletion'
  | 'change-email'
  | 'undo-email-change';

/** An e-mailed proof. Its secret is derived from the master secret and `id` when the message is sent; nothing usable is stored. */
export interface Proof {
  readonly id: string;
  readonly userId: string;
  readonly purpose: ProofPurpose;
  /**
   * The address that the link was sent to and proves; for `undo-email-change` the one that comes back. `null`: it was given
   * to an operator, and proves no address.
   */
  readonly email: string | null;
  /** Hash of the cookie given to the browser that asked, when the proof may sign that browser in without a password. */
  readonly browserHash: Uint8Array | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt: number | null;
}

/** Where a browser was going, by the hash of what its cookie says. */
export interface KeptReturn {
  readonly handleHash: Uint8Array;
  /** A path of this site. */
  readonly path: string;
  readonly expiresAt: number;
}
