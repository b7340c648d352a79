/** What the mail module needs from storage: a durable queue with leases, so that many processes can drain it. */
import type { AccountNotice } from '../identity/ports.ts';
import type { AppNotice } from '../apps/ports.ts';
import type { ConsentNotice } from '../consent/ports.ts';
import type { TokenNotice } from '../developer-tokens/ports.ts';
import type { PageOf, PageRequest } from '../kit/page.ts';

/** What stands in the outbox is no message that this version, or any, can read. */
interface UnreadableNotice {
  readonly kind: 'unreadable';
  readonly to: '';
}

export type Notice = AccountNotice | AppNotice | ConsentNotice | TokenNotice | UnreadableNotice;

export interface OutboxEntry {
  /** UUIDv7; also the Message-ID's left side, so that a repeated delivery can be recognised. */
  readonly id: string;
  readonly notice: Notice;
  readonly createdAt: number;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly sentAt: number | null;
  /** Set when retries were given up. */
  readonly failedAt: number | null;
  /** What the SMTP server said last, without addresses or secrets of ours. */
  readonly lastError: string | null;
  /** How often the server had the whole message and did not say whether it keeps it. */
  readonly unanswered: number;
  /** Since when it waits for a server that takes nothing from us, or cannot be reached; `null` otherwise. */
  readonly heldSince: number | null;
}

export interface FailedAttempt {
  readonly error: string;
  readonly at: number;
  /** `null`: give up. */
  readonly nextAttemptAt: number | null;
  readonly unanswered: number;
  /** The trouble is with the server, not with this message. */
  readonly isHeld: boolean;
}

/** Messages that wait for the server rather than for their turn. */
export interface HeldMail {
  readonly count: number;
  readonly since: number;
  /** Of the newest. */
  readonly lastError: string | null;
}

export interface OutboxQueue {
  /** Leases at most `limit` due, unsent, unfailed entries until `leaseUntil`; one statement, no entry leased twice. */
  take(now: number, leaseUntil: number, limit: number): Promise<readonly OutboxEntry[]>;
  markSent(id: string, at: number): Promise<void>;
  /** Counts the attempt. Without effect once it was sent. */
  markFailed(id: string, failure: FailedAttempt): Promise<void>;
  /**
   * Before the server gets the end of the message: counts it as unanswered and leases it until `answerBy`. `false` when the
   * lease that ended at `leaseUntil` is no longer ours.
   */
  handOver(id: string, lease: { leaseUntil: number; answerBy: number }): Promise<boolean>;
  /** Ends the lease without an attempt. */
  giveBack(id: string, as: { at: number; unanswered: number }): Promise<void>;
  /** Makes a given-up entry due again. */
  retry(id: string, now: number): Promise<boolean>;
  /** `null` when none is. */
  held(): Promise<HeldMail | null>;
  byId(id: string): Promise<OutboxEntry | null>;
  /** Newest first. `waiting`: neither sent nor given up, with at least one failed attempt. */
  list(
    state: 'all' | 'waiting' | 'failed' | 'trouble',
    page: PageRequest,
  ): Promise<PageOf<OutboxEntry>>;
  /** Messages sent or given up before then. */
  purgeSent(before: number): Promise<number>;
}
