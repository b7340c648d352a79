/** SMTP through nodemailer. Says of each failure whether another try can help. */
import nodemailer from 'nodemailer';

export interface Message {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Left side of the Message-ID. */
  readonly id: string;
}

export type Delivery =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'failed'; readonly error: string; readonly isPermanent: boolean };

export interface Transport {
  deliver(message: Message): Promise<Delivery>;
  close(): void;
}

export interface Timeouts {
  readonly connectionMilliseconds: number;
  readonly socketMilliseconds: number;
}

const DEFAULT_TIMEOUTS: Timeouts = { connectionMilliseconds: 10_000, socketMilliseconds: 30_000 };

export function smtpTransport(url: string, from: string, timeouts = DEFAULT_TIMEOUTS): Transport {
  const { connectionMilliseconds, socketMilliseconds } = timeouts;
  const transporter = nodemailer.createTransport({
    url,
    connectionTimeout: connectionMilliseconds,
    greetingTimeout: connectionMilliseconds,
    dnsTimeout: connectionMilliseconds,
    socketTimeout: socketMilliseconds,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const host = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost';
  return {
    async deliver({ to, subject, text, html, id }) {
      try {
        // As an object, so that nothing in the address can add a second recipient.
        const recipient = { name: '', address: to };
        await transporter.sendMail({
          from,
          to: recipient,
          subject,
          text,
          html,
          messageId: `<${id}@${host}>`,
        });
        return { outcome: 'sent' };
      } catch (error) {
        return failureOf(error, to);
      }
    },
    close: () => transporter.close(),
  };
}

const MOST_CHARACTERS = 300;

function failureOf(error: unknown, to: string): Delivery {
  const { responseCode } = error as { responseCode?: unknown };
  const message = error instanceof Error ? error.message : 'unknown failure';
  const isPermanent =
    typeof responseCode === 'number' && responseCode >= 500 && responseCode !== 535;
  const line = message.replaceAll(to, '<recipient>').replace(/\s+/g, ' ').slice(0, MOST_CHARACTERS);
  return { outcome: 'failed', error: line, isPermanent };
}
