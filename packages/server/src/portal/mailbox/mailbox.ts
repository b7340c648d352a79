/** The development mailbox. Exists only while messages go nowhere else; otherwise its pages are not there. */
import { isUuid } from '../../kit/ids.ts';
import type { MailDesk, PortalContext, PortalRoute } from '../portal-context.ts';
import { readPage } from '../tokens/own.ts';
import { PageRefusal, show, type Controller } from '../visit.ts';
import { mailboxPage, messagePage } from './mailbox-pages.ts';

const PAGE_SIZE = 25;

function open({ mail }: PortalContext): NonNullable<MailDesk['mailbox']> {
  if (mail.mailbox === null) throw new PageRefusal(404, 'There is nothing here.');
  return mail.mailbox;
}

const showMailbox =
  (context: PortalContext): Controller =>
  async (visit) => {
    const page = { page: readPage(visit.query), pageSize: PAGE_SIZE };
    const messages = await open(context).list(page);
    return show(mailboxPage(context, visit, { messages, page, now: context.clock() }));
  };

const showMessage =
  (context: PortalContext): Controller =>
  async (visit) => {
    const mailbox = open(context);
    const { id = '' } = visit.params;
    const message = isUuid(id) ? await mailbox.read(id) : null;
    if (message === null) throw new PageRefusal(404, 'There is no such message.');
    return show(messagePage(context, visit, { message, now: context.clock() }));
  };

const access = { kind: 'public' } as const;

export const mailboxRoutes = (context: PortalContext): readonly PortalRoute[] => [
  { method: 'GET', path: '/dev/mailbox', access, controller: showMailbox(context) },
  { method: 'GET', path: '/dev/mailbox/:id', access, controller: showMessage(context) },
];
