/** Joins the outbox to the world: a courier when there is an SMTP server, the development mailbox when there is none. */
import type { Logger } from 'pino';
import { createCourier } from './mail/courier.ts';
import { createMailbox } from './mail/mailbox.ts';
import { smtpTransport } from './mail/transport.ts';
import type { MailDesk } from './portal/portal-context.ts';
import type { Rooms } from './rooms.ts';

export interface Post {
  readonly desk: MailDesk;
  start(): void;
  stop(): Promise<void>;
}

export function createPost(rooms: Rooms, options: { logger: Logger; isLoopback: boolean }): Post {
  const { config, storage, clock, counts, dropped, renderMail: render } = rooms;
  const { smtpUrl, from } = config.mail;
  const queue = storage.outbox;
  const courier =
    smtpUrl === null
      ? null
      : createCourier({
          queue,
          transport: smtpTransport(smtpUrl, from),
          render,
          clock,
          log: options.logger,
          onResult({ id, kind, outcome }) {
            counts.mail.add(outcome);
            if (kind === 'unreadable') dropped.note('mail', id);
          },
        });
  const hasMailbox = courier === null && options.isLoopback;
  const desk: MailDesk = {
    mailbox: hasMailbox ? createMailbox({ queue, render }) : null,
    async troubles(page) {
      const { items, ...rest } = await queue.list('trouble', page);
      const entries = items.map(({ notice, ...entry }) => ({
        ...entry,
        kind: notice.kind,
        to: notice.to,
      }));
      return { items: entries, ...rest };
    },
    async retry(id) {
      const isDue = await queue.retry(id, clock());
      if (isDue) courier?.nudge();
      return isDue;
    },
  };
  return {
    desk,
    start() {
      if (courier === null) return;
      rooms.mail.onCommitted = () => courier.nudge();
      courier.start();
    },
    stop: async () => courier?.stop(),
  };
}
