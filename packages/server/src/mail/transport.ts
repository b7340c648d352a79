/** Delivers one message over SMTP, on a connection of its own. Says of a refusal only whether trying again can help. */
import type { Transporter } from 'nodemailer';

export interface Delivery {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** `<left@right>`. */
  readonly messageId: string;
}

export interface Transport {
  /** Right side of Message-IDs: the sender's domain. */
  readonly domain: string;
  /** Resolves when the server has taken the message over; otherwise throws, `Undeliverable` when it never will. */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** The server refused this recipient or this message for good. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
}

export interface SmtpTimeouts {
  readonly connectionMilliseconds: number;
  readonly greetingMilliseconds: number;
  /** Silence in the middle of the conversation. */
  readonly socketMilliseconds: number;
}

const TIMEOUTS: SmtpTimeouts = {
  connectionMilliseconds: 10_000,
  greetingMilliseconds: 10_000,
  socketMilliseconds: 30_000,
};

export function smtpTransport(
  url: string,
  from: string,
  timeouts: Partial<SmtpTimeouts> = {},
): Transport {
  const limits = { ...TIMEOUTS, ...timeouts };
  let opened: Promise<Transporter> | undefined;
  return {
    domain: domainOf(from),
    async deliver({ to, ...message }, signal) {
      try {
        // An address object is one recipient, whatever is in it; a string would be parsed as a list.
        const recipient = { name: '', address: to };
        const headers = { 'Auto-Submitted': 'auto-generated' };
        opened ??= openTransporter(url, limits);
        const transporter = await opened;
        await transporter.sendMail({ ...message, from, to: recipient, headers, signal });
      } catch (error) {
        throw isForGood(error) ? new Undeliverable(messageOf(error), { cause: error }) : error;
      }
    },
    close() {
      // Its failure was told to whoever delivered.
      opened?.then((transporter) => transporter.close()).catch(() => undefined);
    },
  };
}

/** Loaded with the first message: the server must not start later for mail that nobody sends. */
async function openTransporter(url: string, limits: SmtpTimeouts): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    url,
    connectionTimeout: limits.connectionMilliseconds,
    dnsTimeout: limits.connectionMilliseconds,
    greetingTimeout: limits.greetingMilliseconds,
    socketTimeout: limits.socketMilliseconds,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

const domainOf = (from: string): string => /@([a-z0-9.-]+)/i.exec(from)?.[1] ?? 'localhost';

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/**
 * A 5xx answer (RFC 5321, 4.2.1) to the recipient or the message is about this message; to the greeting, sign-in or
 * sender it is about our settings, which an operator can mend while the message waits.
 */
function isForGood(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { responseCode, command, code } = error as Error & {
    responseCode?: unknown;
    command?: unknown;
    code?: unknown;
  };
  // Refused by nodemailer itself: no server will be offered this recipient.
  if (code === 'EENVELOPE' && command === 'API') return error.message.includes('recipient');
  const isAboutMessage = command === 'RCPT TO' || command === 'DATA';
  return isAboutMessage && typeof responseCode === 'number' && responseCode >= 500;
}
