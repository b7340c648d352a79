/**
 * The courier: takes due messages under a lease, sends them, and records what came of it. Several can share one queue.
 * Never sends what was recorded as sent; a crash in between repeats a message under the same Message-ID.
 */
import { hours, minutes, type Clock } from '../kit/clock.ts';
import type { RenderedNotice } from './messages.ts';
import type { Notice, OutboxEntry, OutboxQueue } from './ports.ts';
import type { Transport } from './transport.ts';

export interface Courier {
  /** Sends what is due; answers how many messages were accepted. */
  deliverDue(): Promise<number>;
  start(): void;
  /** Something was just committed: look soon. */
  nudge(): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

export interface CourierOptions {
  readonly queue: OutboxQueue;
  readonly transport: Transport;
  readonly render: (notice: Notice) => RenderedNotice;
  readonly clock: Clock;
  readonly log?: {
    warn(facts: object, message: string): void;
    error(facts: object, message: string): void;
  };
}

/** Seconds to wait after each failed attempt; after the last the message is given up and the operator sees it. */
export const BACK_OFF_SECONDS: readonly number[] = [
  30,
  minutes(2),
  minutes(10),
  hours(1),
  hours(4),
  hours(12),
  hours(24),
];

const BATCH = 10;
/** Longer than a whole batch can take. */
const LEASE_SECONDS = BATCH * 60;
const POLL_MILLISECONDS = 5000;

export function createCourier(options: CourierOptions): Courier {
  const { queue, transport, render, clock, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<number> | undefined;
  let isAskedAgain = false;

  async function sendOne(entry: OutboxEntry): Promise<boolean> {
    const message = render(entry.notice);
    const delivery = await transport.deliver({ ...message, id: entry.id });
    const now = clock();
    if (delivery.outcome === 'sent') {
      await queue.markSent(entry.id, now);
      return true;
    }
    const wait = delivery.isPermanent ? undefined : BACK_OFF_SECONDS[entry.attempts];
    const nextAttemptAt = wait === undefined ? null : now + wait;
    await queue.markFailed(entry.id, { error: delivery.error, at: now, nextAttemptAt });
    const facts = { id: entry.id, kind: entry.notice.kind, error: delivery.error };
    log?.warn(
      facts,
      nextAttemptAt === null ? 'a message was given up' : 'a message will be retried',
    );
    return false;
  }

  async function drain(): Promise<number> {
    let sent = 0;
    for (;;) {
      isAskedAgain = false;
      const now = clock();
      const entries = await queue.take(now, now + LEASE_SECONDS, BATCH);
      for (const entry of entries) if (await sendOne(entry)) sent += 1;
      if (entries.length < BATCH && !isAskedAgain) return sent;
    }
  }

  function deliverDue(): Promise<number> {
    running ??= drain().finally(() => {
      running = undefined;
    });
    return running;
  }

  function look(): void {
    deliverDue().catch((error: unknown) =>
      log?.error({ err: error }, 'the outbox could not be read'),
    );
  }

  return {
    deliverDue,
    start() {
      timer = setInterval(look, POLL_MILLISECONDS).unref();
      look();
    },
    nudge() {
      isAskedAgain = true;
      if (timer !== undefined) look();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await running?.catch(() => undefined);
      transport.close();
    },
  };
}
