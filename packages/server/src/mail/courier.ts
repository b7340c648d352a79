/**
 * Takes due messages from the outbox under a lease and has them carried, a few at a time. Any number of couriers may
 * work on one outbox. Never delivers a message again once its success is recorded.
 */
import {
  createCarrier,
  leaseSecondsOf,
  type CarrierOptions,
  type DeliveryResult,
} from './carrier.ts';
import type { OutboxEntry } from './ports.ts';

export type { CourierLog, DeliveryResult } from './carrier.ts';

/** Conversations side by side. */
const AT_ONCE = 5;
/** Those beside them that only wait for an answer, which may take ten minutes. */
const MOST_WAITING = 20;
const POLL_MILLISECONDS = 3000;

export interface CourierOptions extends CarrierOptions {
  readonly pollMilliseconds?: number;
}

export interface Courier {
  /** Delivers all that is due; answers how many messages went out. */
  deliverDue(): Promise<number>;
  /** Delivers what is due now and looks again every few seconds. */
  start(): void;
  /** Something was written to the outbox: look now. Without effect unless started. */
  nudge(): void;
  /** Takes no more, waits this long for deliveries that are under way, then breaks them off. */
  stop(graceMilliseconds?: number): Promise<void>;
}

export function createCourier(options: CourierOptions): Courier {
  const { queue, transport, clock, log, pollMilliseconds = POLL_MILLISECONDS } = options;
  const carry = createCarrier({ ...options, onResult: reporter(options) });
  const stopping = new AbortController();
  const underWay = new Map<string, Promise<void>>();
  let talking = 0;
  let sent = 0;
  let change = Promise.withResolvers<void>();
  let round: Promise<number> | null = null;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  /** Wakes the round: there is room again, or something to take. */
  const noteChange = (): void => {
    change.resolve();
    change = Promise.withResolvers<void>();
  };

  function begin(entry: OutboxEntry, leaseUntil: number): void {
    let isTalking = true;
    talking += 1;
    const endTalk = (): void => {
      if (isTalking) talking -= 1;
      isTalking = false;
      noteChange();
    };
    const errand = { leaseUntil, signal: stopping.signal, onHandedOver: endTalk };
    // Recorded late, a failure may be due again before the one who recorded it is done.
    const before = underWay.get(entry.id) ?? Promise.resolve();
    const deliver = async (): Promise<void> => {
      try {
        await before;
        if (await carry(entry, errand)) sent += 1;
      } catch (error) {
        log?.error({ err: error }, 'the outbox cannot be told of a delivery');
      } finally {
        if (underWay.get(entry.id) === delivery) underWay.delete(entry.id);
        endTalk();
      }
    };
    const delivery = deliver();
    underWay.set(entry.id, delivery);
  }

  /** Takes as many as there is room for; `false` when there was none to take. */
  async function takeSome(): Promise<boolean> {
    const room = Math.min(AT_ONCE - talking, AT_ONCE + MOST_WAITING - underWay.size);
    if (isStopped || room <= 0) return false;
    const now = clock();
    const leaseUntil = now + leaseSecondsOf(transport);
    const entries = await queue.take(now, leaseUntil, room);
    for (const entry of entries) begin(entry, leaseUntil);
    return entries.length > 0;
  }

  async function drain(): Promise<number> {
    sent = 0;
    for (;;) {
      const { promise: changed } = change;
      while (await takeSome());
      if (underWay.size === 0 && (isStopped || changed === change.promise)) return sent;
      await changed;
    }
  }

  const deliverDue = (): Promise<number> => {
    if (isStopped) return Promise.resolve(0);
    if (round !== null) noteChange();
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
    async stop(graceMilliseconds) {
      isStopped = true;
      clearInterval(timer);
      noteChange();
      const late =
        graceMilliseconds === undefined
          ? undefined
          : setTimeout(() => stopping.abort(), graceMilliseconds);
      // Its failure was reported to whoever started the round.
      await round?.catch(() => undefined);
      await Promise.all(underWay.values());
      clearTimeout(late);
      transport.close();
    },
  };
}

/** Says once that the server takes nothing, and once that it does again. */
function reporter({ log, onResult }: CourierOptions): (result: DeliveryResult) => void {
  let isHeld = false;
  return (result) => {
    onResult?.(result);
    if (result.isHeld && !isHeld) {
      isHeld = true;
      log?.error({}, 'the SMTP server takes no mail from us; messages wait');
    }
    if (result.outcome === 'sent' && isHeld) {
      isHeld = false;
      log?.info({}, 'the SMTP server takes mail again');
    }
  };
}
