/** Carries one leased message to the server and records how it went. Never hands over what is too old, and nothing twice that may have arrived twice. */
import { days, hours, minutes, type Clock } from '../kit/clock.ts';
import { RowRefused } from '../kit/survivors.ts';
import { UNREADABLE } from '../kit/unreadable.ts';
import { failureText } from './failure-text.ts';
import type { RenderedNotice } from './letter.ts';
import { endOfLife, LINK_ENDED, proofIn, TOO_OLD, type MailedProof } from './life.ts';
import type { FailedAttempt, Notice, OutboxEntry, OutboxQueue } from './ports.ts';
import { DeliveryFailure, type Transport } from './transport.ts';

/** How long after the nth failure a message is tried again, as long as it is worth sending. */
export const BACK_OFF_SECONDS: readonly number[] = [
  30,
  minutes(2),
  minutes(10),
  hours(1),
  hours(4),
  hours(12),
  days(1),
];
/** A server that takes nothing from us is asked at least so often: it may have been mended. */
const MOST_HELD_SECONDS = hours(1);
/** The first time and once more: who hears nothing for ten minutes may have the message already. */
const MOST_UNANSWERED = 2;
export const UNANSWERED_AGAIN_SECONDS = minutes(10);
/** Of a lease, so that it outlives what it covers. */
const MARGIN_SECONDS = 60;

/** What the operator reads of a message that may have arrived, twice at most. */
export const IN_DOUBT = 'The server had it and never said whether it keeps it.';

export interface CourierLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export type DeliveryOutcome = 'sent' | 'retried-later' | 'given-up' | 'too-old' | 'in-doubt';

export interface DeliveryResult {
  readonly id: string;
  readonly kind: OutboxEntry['notice']['kind'];
  readonly outcome: DeliveryOutcome;
  /** The server takes nothing from us, or cannot be reached. */
  readonly isHeld: boolean;
}

export interface CarrierOptions {
  readonly queue: OutboxQueue;
  readonly transport: Transport;
  readonly render: (notice: Notice) => RenderedNotice;
  /** Whether the link of a message can still be used. */
  readonly isLive: (proof: MailedProof) => Promise<boolean>;
  readonly clock: Clock;
  readonly log?: CourierLog;
  readonly onResult?: (result: DeliveryResult) => void;
}

export interface Errand {
  readonly leaseUntil: number;
  /** Breaks off at a shutdown. */
  readonly signal: AbortSignal;
  /** From then on there is nothing to do but to wait for the server's answer. */
  readonly onHandedOver: () => void;
}

export type Carrier = (entry: OutboxEntry, errand: Errand) => Promise<boolean>;

/** Longer than a conversation can take until the message is handed over, which takes a lease of its own. */
export const leaseSecondsOf = ({ talkSeconds }: Transport): number => 2 * talkSeconds;

/** Answers whether the message went out. */
export function createCarrier(options: CarrierOptions): Carrier {
  const { queue, transport, render, clock, log, onResult } = options;
  /** Tried, but the outbox could not be told yet how it went: until it is, the message is not tried again. */
  const unrecorded = new Map<string, () => Promise<boolean>>();

  async function record(id: string, tell: () => Promise<boolean>): Promise<boolean> {
    unrecorded.set(id, tell);
    const isSent = await tell();
    unrecorded.delete(id);
    return isSent;
  }

  const recordSent = ({ id, notice: { kind } }: OutboxEntry): Promise<boolean> =>
    record(id, async () => {
      await queue.markSent(id, clock());
      onResult?.({ id, kind, outcome: 'sent', isHeld: false });
      return true;
    });

  /** What a server said may be no text that the database takes; that the attempt failed is recorded all the same. */
  async function markFailed(id: string, failure: FailedAttempt): Promise<void> {
    await queue.markFailed(id, failure).catch((error: unknown) => {
      if (!(error instanceof RowRefused)) throw error;
      return queue.markFailed(id, { ...failure, error: 'The reason cannot be written.' });
    });
  }

  function recordFailure(
    { id, attempts, notice }: OutboxEntry,
    { outcome, ...failure }: FailedAttempt & { readonly outcome: DeliveryOutcome },
  ): Promise<boolean> {
    const { kind } = notice;
    const { error, isHeld } = failure;
    return record(id, async () => {
      await markFailed(id, failure);
      log?.warn({ id, kind, attempt: attempts + 1, outcome, error }, 'mail not sent');
      onResult?.({ id, kind, outcome, isHeld });
      return false;
    });
  }

  const giveUp = (entry: OutboxEntry, outcome: DeliveryOutcome, error: string): Promise<boolean> =>
    recordFailure(entry, {
      outcome,
      error,
      at: clock(),
      nextAttemptAt: null,
      unanswered: entry.unanswered,
      isHeld: false,
    });

  async function deliver({ id, notice }: OutboxEntry, errand: Errand): Promise<void> {
    const { leaseUntil, signal, onHandedOver } = errand;
    let fault: unknown;
    const onHandOver = async (): Promise<void> => {
      const answerBy = clock() + transport.answerSeconds + MARGIN_SECONDS;
      const isOurs = await queue.handOver(id, { leaseUntil, answerBy }).catch((error: unknown) => {
        fault = new Unrecorded(error);
        throw error;
      });
      if (!isOurs) {
        fault = new Unrecorded('another process has the message');
        throw fault;
      }
      onHandedOver();
    };
    const { subject, text, html } = render(notice);
    const messageId = `<${id}@${transport.domain}>`;
    const delivery = { to: notice.to, subject, text, html, messageId };
    // The transport tells of the connection that it closed, not of why.
    await transport.deliver(delivery, { signal, onHandOver }).catch((error: unknown) => {
      throw fault ?? error;
    });
  }

  return async (entry, errand) => {
    const tell = unrecorded.get(entry.id);
    if (tell !== undefined) return record(entry.id, tell);
    // The process may have slept since the lease was taken; somebody else may have the message by the time it is out.
    if (clock() + transport.talkSeconds > errand.leaseUntil) return false;
    if (entry.notice.kind === 'unreadable') return giveUp(entry, 'given-up', UNREADABLE);
    if (entry.unanswered >= MOST_UNANSWERED) return giveUp(entry, 'in-doubt', IN_DOUBT);
    const over = await reasonNotToSend(entry, options);
    if (over !== null)
      return entry.unanswered === 0
        ? giveUp(entry, 'too-old', over)
        : giveUp(entry, 'in-doubt', IN_DOUBT);
    try {
      await deliver(entry, errand);
    } catch (error) {
      if (error instanceof Unrecorded) throw error;
      if (isUnfinished(error, errand)) {
        await queue.giveBack(entry.id, { at: clock(), unanswered: entry.unanswered });
        return false;
      }
      return recordFailure(entry, failedAttempt(entry, { error, at: clock() }));
    }
    return recordSent(entry);
  };
}

/** The message was not handed over, since the outbox could not be told: it is tried again when its lease has ended. */
class Unrecorded extends Error {
  constructor(cause: unknown) {
    super('a message could not be handed over', { cause });
    this.name = 'Unrecorded';
  }
}

/** Our own doing, and the server has nothing. */
const isUnfinished = (error: unknown, { signal }: Errand): boolean =>
  signal.aborted && error instanceof DeliveryFailure && error.blame !== 'unanswered';

async function reasonNotToSend(
  entry: OutboxEntry,
  { clock, isLive }: Pick<CarrierOptions, 'clock' | 'isLive'>,
): Promise<string | null> {
  if (clock() >= endOfLife(entry)) return TOO_OLD;
  const proof = proofIn(entry.notice);
  return proof === null || (await isLive(proof)) ? null : LINK_ENDED;
}

function failedAttempt(
  entry: OutboxEntry,
  { error: reason, at }: { error: unknown; at: number },
): FailedAttempt & { readonly outcome: DeliveryOutcome } {
  const { attempts, notice, unanswered } = entry;
  const blame = reason instanceof DeliveryFailure ? reason.blame : 'moment';
  const error = failureText(reason, notice.to);
  const failure = { error, at, unanswered, isHeld: blame === 'relay' };
  if (blame === 'recipient') return { ...failure, nextAttemptAt: null, outcome: 'given-up' };
  const pause = BACK_OFF_SECONDS[Math.min(attempts, BACK_OFF_SECONDS.length - 1)] ?? days(1);
  const again = (seconds: number): number => Math.min(at + seconds, endOfLife(entry));
  if (blame !== 'unanswered') {
    const seconds = blame === 'relay' ? Math.min(pause, MOST_HELD_SECONDS) : pause;
    return { ...failure, nextAttemptAt: again(seconds), outcome: 'retried-later' };
  }
  const doubted = { ...failure, unanswered: unanswered + 1 };
  return doubted.unanswered >= MOST_UNANSWERED
    ? { ...doubted, error: IN_DOUBT, nextAttemptAt: null, outcome: 'in-doubt' }
    : { ...doubted, nextAttemptAt: again(UNANSWERED_AGAIN_SECONDS), outcome: 'retried-later' };
}
