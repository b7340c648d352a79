/** The development mailbox: shows what is in the outbox while there is no SMTP server. Never changes it. */
import { isUuid } from '../kit/ids.ts';
import type { PageOf, PageRequest } from '../kit/page.ts';
import type { RenderedNotice } from './letter.ts';
import type { Notice, OutboxQueue } from './ports.ts';

export interface MailboxItem {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly createdAt: number;
}

export interface MailboxMessage extends RenderedNotice {
  readonly to: string;
  readonly createdAt: number;
}

export interface Mailbox {
  /** Newest first. */
  list(page: PageRequest): Promise<PageOf<MailboxItem>>;
  read(id: string): Promise<MailboxMessage | null>;
}

export function createMailbox(options: {
  queue: Pick<OutboxQueue, 'list' | 'byId'>;
  render: (notice: Notice) => RenderedNotice;
}): Mailbox {
  const { queue, render } = options;
  return {
    async list(page) {
      const { items, ...rest } = await queue.list('all', page);
      const shown = items.map(({ id, notice, createdAt }) => {
        const { subject } = render(notice);
        return { id, to: notice.to, subject, createdAt };
      });
      return { ...rest, items: shown };
    },
    async read(id) {
      const entry = isUuid(id) ? await queue.byId(id) : null;
      if (entry === null) return null;
      const { notice, createdAt } = entry;
      return { to: notice.to, ...render(notice), createdAt };
    },
  };
}
