/** What the mail room needs from storage: a durable queue with leases, so that many processes can drain it. */
import type { AccountNotice } from '../accounts/ports.ts';
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
}

export interface OutboxQueue {
  /** Leases at most `limit` due, unsent, unfailed entries until `leaseUntil`; one statement, no entry leased twice. */
  take(now: number, leaseUntil: number, limit: number): Promise<readonly OutboxEntry[]>;
  markSent(id: string, at: number): Promise<void>;
  /** Counts the attempt. `nextAttemptAt` null: give up. */
  markFailed(
    id: string,
    failure: { error: string; at: number; nextAttemptAt: number | null },
  ): Promise<void>;
  /** Makes a given-up entry due again. */
  retry(id: string, now: number): Promise<boolean>;
  byId(id: string): Promise<OutboxEntry | null>;
  /** Newest first. `waiting`: neither sent nor given up, with at least one failed attempt. */
  list(
    state: 'all' | 'waiting' | 'failed' | 'trouble',
    page: PageRequest,
  ): Promise<PageOf<OutboxEntry>>;
  /** Messages sent or given up before then. */
  purgeSent(before: number): Promise<number>;
}
