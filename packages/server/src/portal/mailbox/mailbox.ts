/** The development mailbox. Exists only while messages go nowhere else; otherwise its pages are not there. */
import { isUuid } from '../../kit/ids.ts';
import { readPage } from '../paging.ts';
import type { MailDesk, PortalContext, PortalRoute } from '../portal-context.ts';
import { PageRefusal, show, type Controller, type Visit } from '../visit.ts';
import { MAILBOX, mailboxPage, messagePage } from './mailbox-pages.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

/** A page elsewhere can have its own name point to loopback and then read what is there; it cannot have it called so. */
function open({ mail }: PortalContext, { host }: Visit): NonNullable<MailDesk['mailbox']> {
  if (mail.mailbox === null || !LOOPBACK.test(host))
    throw new PageRefusal(404, 'There is nothing here.');
  return mail.mailbox;
}

const showMailbox =
  (context: PortalContext): Controller =>
  async (visit) => {
    const page = readPage(visit.query, MAILBOX);
    const messages = await open(context, visit).list(page);
    return show(mailboxPage(context, visit, { messages, page, now: context.clock() }));
  };

const showMessage =
  (context: PortalContext): Controller =>
  async (visit) => {
    const mailbox = open(context, visit);
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
