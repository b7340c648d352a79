/**
 * Takes due messages from the outbox under a lease, delivers them and records how it went. Any number of couriers may
 * work on one outbox. Never delivers a message again once its success is recorded.
 */
import type { Clock } from '../kit/clock.ts';
import { days, hours, minutes } from '../kit/clock.ts';
import { RowRefused } from '../kit/survivors.ts';
import { UNREADABLE } from '../kit/unreadable.ts';
import { failureText } from './failure-text.ts';
import type { RenderedNotice } from './letter.ts';
import type { Notice, OutboxEntry, OutboxQueue } from './ports.ts';
import { Undeliverable, type Transport } from './transport.ts';

/** How long after the nth failure a message is tried again; after the last it is given up. */
export const BACK_OFF_SECONDS: readonly number[] = [
  30,
  minutes(2),
  minutes(10),
  hours(1),
  hours(4),
  hours(12),
  days(1),
];

/** The whole conversation with the server, however it dawdles. */
const SEND_SECONDS = 90;
/** Longer than a delivery can take, so that nobody else takes a message that is under way. */
export const LEASE_SECONDS = 2 * SEND_SECONDS;
/** Delivered side by side, so that one lease covers them all. */
const AT_ONCE = 5;
const POLL_MILLISECONDS = 3000;

export interface CourierLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface DeliveryResult {
  readonly id: string;
  readonly kind: OutboxEntry['notice']['kind'];
  readonly outcome: 'sent' | 'retried-later' | 'given-up';
}

export interface CourierOptions {
  readonly queue: OutboxQueue;
  readonly transport: Transport;
  readonly render: (notice: Notice) => RenderedNotice;
  readonly clock: Clock;
  readonly log?: CourierLog;
  readonly onResult?: (result: DeliveryResult) => void;
  readonly pollMilliseconds?: number;
}

export interface Courier {
  /** Delivers all that is due; answers how many messages went out. */
  deliverDue(): Promise<number>;
  /** Delivers what is due now and looks again every few seconds. */
  start(): void;
  /** Something was written to the outbox: look now. Without effect unless started. */
  nudge(): void;
  /** Waits for deliveries that are under way; takes no more. */
  stop(): Promise<void>;
}

export function createCourier(options: CourierOptions): Courier {
  const { log, transport, pollMilliseconds = POLL_MILLISECONDS } = options;
  const carry = carrier(options);
  let round: Promise<number> | null = null;
  let isAgainWanted = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function drain(): Promise<number> {
    let delivered = 0;
    for (;;) {
      isAgainWanted = false;
      const { taken, sent } = await carry();
      delivered += sent;
      const isDone = taken === 0 && !isAgainWanted;
      if (isDone || isStopped) return delivered;
    }
  }

  const deliverDue = (): Promise<number> => {
    if (isStopped) return Promise.resolve(0);
    isAgainWanted = true;
    round ??= drain().finally(() => {
      round = null;
    });
    return round;
  };

  const look = (): void => {
    deliverDue().catch((error: unknown) => log?.error({ err: error }, 'the outbox cannot be read'));
  };

  return {
    deliverDue,
    start() {
      if (isStopped || timer !== undefined) return;
      timer = setInterval(look, pollMilliseconds).unref();
      look();
    },
    nudge() {
      if (timer !== undefined) look();
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      // Its failure was reported to whoever started the round.
      await round?.catch(() => undefined);
      transport.close();
    },
  };
}

/** One batch: take, deliver side by side, record. */
function carrier(options: CourierOptions) {
  const { queue, transport, render, clock, log, onResult } = options;
  /** Tried, but the outbox could not be told yet how it went: until it is, the message is not tried again. */
  const unrecorded = new Map<string, () => Promise<boolean>>();

  /** Answers whether the message went out. */
  async function record(id: string, tell: () => Promise<boolean>): Promise<boolean> {
    unrecorded.set(id, tell);
    const isSent = await tell();
    unrecorded.delete(id);
    return isSent;
  }

  const recordSent = ({ id, notice: { kind } }: OutboxEntry): Promise<boolean> =>
    record(id, async () => {
      await queue.markSent(id, clock());
      onResult?.({ id, kind, outcome: 'sent' });
      return true;
    });

  /** What a server said may be no text that the database takes; that the attempt failed is recorded all the same. */
  async function markFailed(
    id: string,
    failure: Parameters<OutboxQueue['markFailed']>[1],
  ): Promise<void> {
    await queue.markFailed(id, failure).catch((error: unknown) => {
      if (!(error instanceof RowRefused)) throw error;
      return queue.markFailed(id, { ...failure, error: 'The reason cannot be written.' });
    });
  }

  function recordFailure(entry: OutboxEntry, reason: unknown): Promise<boolean> {
    const { id, attempts, notice } = entry;
    const wait = reason instanceof Undeliverable ? undefined : BACK_OFF_SECONDS[attempts];
    const at = clock();
    const error = failureText(reason, notice.to);
    const nextAttemptAt = wait === undefined ? null : at + wait;
    return record(id, async () => {
      await markFailed(id, { error, at, nextAttemptAt });
      const outcome = wait === undefined ? 'given-up' : 'retried-later';
      log?.warn({ id, kind: notice.kind, attempt: attempts + 1, outcome, error }, 'mail not sent');
      onResult?.({ id, kind: notice.kind, outcome });
      return false;
    });
  }

  async function deliver({ id, notice }: OutboxEntry): Promise<void> {
    if (notice.kind === 'unreadable') throw new Undeliverable(UNREADABLE);
    const { subject, text, html } = render(notice);
    const messageId = `<${id}@${transport.domain}>`;
    const delivery = { to: notice.to, subject, text, html, messageId };
    await transport.deliver(delivery, AbortSignal.timeout(SEND_SECONDS * 1000));
  }

  async function carryOne(entry: OutboxEntry, leaseUntil: number): Promise<boolean> {
    // The process may have slept since the lease was taken; somebody else may have the message by the time it is out.
    if (clock() + SEND_SECONDS > leaseUntil) return false;
    const tell = unrecorded.get(entry.id);
    if (tell !== undefined) return record(entry.id, tell);
    try {
      await deliver(entry);
    } catch (error) {
      return recordFailure(entry, error);
    }
    return recordSent(entry);
  }

  return async (): Promise<{ taken: number; sent: number }> => {
    const now = clock();
    const leaseUntil = now + LEASE_SECONDS;
    const entries = await queue.take(now, leaseUntil, AT_ONCE);
    const results = await Promise.allSettled(entries.map((entry) => carryOne(entry, leaseUntil)));
    for (const result of results) {
      if (result.status === 'rejected')
        log?.error({ err: result.reason }, 'the outbox cannot be told of a delivery');
    }
    const sent = results.filter((result) => result.status === 'fulfilled' && result.value).length;
    return { taken: entries.length, sent };
  };
}
