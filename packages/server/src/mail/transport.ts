/**
 * Delivers one message over SMTP, on a connection of its own. Says of a failure whom it is about, and whether the server
 * may have the message. Never says a word that could sign in.
 */
import { Readable } from 'node:stream';
import type { Transporter } from 'nodemailer';
import { blameFor, type Blame } from './refusal.ts';
import { connectionOptions, withoutSecrets, type SmtpServer } from './smtp.ts';

export interface Delivery {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** `<left@right>`. */
  readonly messageId: string;
}

export interface Conduct {
  /** Breaks off, whatever is under way. */
  readonly signal: AbortSignal;
  /** Before the end of the message goes out, from when on the server may have it. When this rejects, the end is not sent. */
  readonly onHandOver: () => Promise<void>;
}

export interface Transport {
  /** Right side of Message-IDs: the sender's domain. */
  readonly domain: string;
  /** The whole conversation until the end of the message, however the server dawdles. */
  readonly talkSeconds: number;
  /** For the answer to the end of the message. */
  readonly answerSeconds: number;
  /** Resolves when the server has taken the message over; otherwise throws `DeliveryFailure`. */
  deliver(delivery: Delivery, conduct: Conduct): Promise<void>;
  close(): void;
}

/** `unanswered`: the server has the whole message and did not say whether it keeps it. */
export class DeliveryFailure extends Error {
  override readonly name = 'DeliveryFailure';
  readonly blame: Blame | 'unanswered';

  constructor(message: string, blame: Blame | 'unanswered') {
    super(message);
    this.blame = blame;
  }
}

export interface Patience {
  /** Until the connection stands, its greeting and TLS included. */
  readonly connectionSeconds: number;
  readonly talkSeconds: number;
  readonly answerSeconds: number;
}

/** RFC 5321 section 4.5.3.2.6 gives the answer to the end of the message ten minutes. */
const PATIENCE: Patience = { connectionSeconds: 60, talkSeconds: 120, answerSeconds: 600 };

export function smtpTransport(
  server: SmtpServer,
  from: string,
  patience: Partial<Patience> = {},
): Transport {
  const limits = { ...PATIENCE, ...patience };
  let opened: Promise<Transporter> | undefined;
  return {
    domain: domainOf(from),
    talkSeconds: limits.talkSeconds,
    answerSeconds: limits.answerSeconds,
    async deliver(delivery, conduct) {
      opened ??= openTransporter(server, limits);
      const transporter = await opened;
      const watch = watchOver(conduct, limits);
      try {
        await transporter.sendMail({
          ...contentOf(delivery),
          from,
          signal: watch.signal,
          handOver: () => watch.handOver(),
        } as Parameters<typeof transporter.sendMail>[0]);
      } catch (error) {
        throw failureOf(error, { server, isHandedOver: watch.isHandedOver() });
      } finally {
        watch.end();
      }
    },
    close() {
      // Its failure was told to whoever delivered.
      opened?.then((transporter) => transporter.close()).catch(() => undefined);
    },
  };
}

/** An address object is one recipient, whatever is in it; a string would be parsed as a list. */
const contentOf = ({ to, ...message }: Delivery) => ({
  ...message,
  to: { name: '', address: to },
  headers: { 'Auto-Submitted': 'auto-generated' },
});

/** One bound for the conversation, then another for the last answer. */
function watchOver({ signal, onHandOver }: Conduct, limits: Patience) {
  const late = new AbortController();
  const bound = (seconds: number) => setTimeout(() => late.abort(), seconds * 1000);
  let timer = bound(limits.talkSeconds);
  let isHandedOver = false;
  return {
    signal: AbortSignal.any([signal, late.signal]),
    isHandedOver: () => isHandedOver,
    async handOver(): Promise<void> {
      await onHandOver();
      if (signal.aborted || late.signal.aborted) throw new Error('broken off');
      isHandedOver = true;
      clearTimeout(timer);
      timer = bound(limits.answerSeconds);
    },
    end: () => clearTimeout(timer),
  };
}

function failureOf(
  error: unknown,
  { server, isHandedOver }: { server: SmtpServer; isHandedOver: boolean },
): DeliveryFailure {
  const said = error instanceof Error ? error.message : String(error);
  const hasAnswer =
    error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number';
  const blame = isHandedOver && !hasAnswer ? 'unanswered' : blameFor(error);
  return new DeliveryFailure(withoutSecrets(said, server), blame);
}

/** Loaded with the first message: the server must not start later for mail that nobody sends. */
async function openTransporter(server: SmtpServer, limits: Patience): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const transporter = createTransport({
    ...connectionOptions(server, {
      connectionMilliseconds: limits.connectionSeconds * 1000,
      // The bounds of a delivery come first.
      socketMilliseconds: 2000 * Math.max(limits.answerSeconds, limits.talkSeconds),
    }),
    ...(server.auth !== null && { auth: server.auth }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  transporter.use('stream', (mail, done) => {
    // `sendMail` keeps what it does not know with the message.
    const { handOver } = mail.data as { handOver?: () => Promise<void> };
    if (handOver !== undefined)
      mail.message.processFunc((message) => endingWith(message, handOver));
    done();
  });
  return transporter;
}

/** Ends when `act` is done. Nothing is read ahead: the end is reached when the server has taken all before it. */
const endingWith = (message: Readable, act: () => Promise<void>): Readable =>
  Readable.from(thenAct(message, act), { objectMode: false, highWaterMark: 1 });

async function* thenAct(message: Readable, act: () => Promise<void>): AsyncGenerator<Uint8Array> {
  yield* message;
  await act();
}

const domainOf = (from: string): string => /@([a-z0-9.-]+)/i.exec(from)?.[1] ?? 'localhost';
