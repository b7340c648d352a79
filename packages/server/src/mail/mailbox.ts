/** The development mailbox: reads the outbox as if it had been delivered. */
import type { PageOf, PageRequest } from '../kit/page.ts';
import type { RenderedNotice } from './messages.ts';
import type { Notice, OutboxEntry, OutboxQueue } from './ports.ts';

export interface Mailbox {
  list(page: PageRequest): Promise<PageOf<MailboxItem>>;
  read(id: string): Promise<(RenderedNotice & { readonly createdAt: number }) | null>;
}

export interface MailboxItem {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly createdAt: number;
}

export function createMailbox(options: {
  queue: OutboxQueue;
  render: (notice: Notice) => RenderedNotice;
}): Mailbox {
  const { queue, render } = options;
  const toItem = ({ id, notice, createdAt }: OutboxEntry): MailboxItem => {
    const { to, subject } = render(notice);
    return { id, to, subject, createdAt };
  };
  return {
    async list(page) {
      const { items, total } = await queue.list('all', page);
      return { total, items: items.map(toItem) };
    },
    async read(id) {
      const entry = await queue.byId(id);
      return entry === null ? null : { ...render(entry.notice), createdAt: entry.createdAt };
    },
  };
}
