import type { PageRequest } from '../../kit/page.ts';
import { pagesOf } from '../paging.ts';
import type { MailDesk, PortalContext } from '../portal-context.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { page } from '../ui/layout.ts';
import { callout, emptyState, facts, heading, table } from '../ui/parts.ts';
import { exactTime, relativeTime } from '../ui/time.ts';
import type { Visit } from '../visit.ts';
import { linkOwn } from './links.ts';

type Mailbox = NonNullable<MailDesk['mailbox']>;
type Messages = Awaited<ReturnType<Mailbox['list']>>;
type Message = NonNullable<Awaited<ReturnType<Mailbox['read']>>>;

const frame = (
  context: PortalContext,
  { signedIn }: Visit,
  given: { readonly title: string; readonly body: Child },
): Html =>
  page({
    ...given,
    brand: context.brand,
    user: signedIn?.user ?? null,
    csrf: signedIn?.csrf ?? null,
    current: null,
  });

export interface MailboxPage {
  readonly messages: Messages;
  readonly page: PageRequest;
  readonly now: number;
}

export const mailboxPage = (context: PortalContext, visit: Visit, given: MailboxPage): Html =>
  frame(context, visit, {
    title: 'Development mailbox',
    body: [
      heading({ title: 'Development mailbox', lead: 'Messages that would have been sent.' }),
      why,
      given.messages.items.length === 0 ? nothing(given) : list(given),
      pages(given),
    ],
  });

const why = callout(
  'warning',
  html`<p>
    <strong>For development only.</strong> This page exists because no SMTP server is configured and
    this server listens on loopback, where only this machine reaches it. It vanishes as soon as
    either changes. Until then, whoever can open it can read everybody’s messages.
  </p>`,
);

const nothing = ({ page }: MailboxPage): Html =>
  page.page === 1
    ? emptyState(
        { icon: 'mail', title: 'No messages yet' },
        html`<p>Sign up, and the message that confirms the address appears here.</p>`,
      )
    : emptyState(
        { icon: 'mail', title: 'No more messages' },
        html`<p>The list ends before this page. <a href="/dev/mailbox">Back to its beginning</a>.</p>`,
      );

const list = ({ messages, now }: MailboxPage): Html =>
  table({
    caption: 'Messages, newest first',
    rows: messages.items,
    columns: [
      {
        label: 'Subject',
        kind: 'primary',
        cell: ({ id, subject }) => html`<a href="/dev/mailbox/${id}">${subject}</a>`,
      },
      { label: 'To', kind: 'long', cell: ({ to }) => to },
      { label: 'Written', cell: ({ createdAt }) => relativeTime(createdAt, now) },
    ],
  });

export const MAILBOX = { name: 'mailbox', shape: 'id', address: '/dev/mailbox' } as const;

const pages = ({ messages }: MailboxPage): Html | null =>
  pagesOf(messages, { list: MAILBOX, label: 'Pages of messages' });

export const messagePage = (
  context: PortalContext,
  visit: Visit,
  { message, now }: { readonly message: Message; readonly now: number },
): Html =>
  frame(context, visit, {
    title: message.subject,
    body: [
      heading({
        title: message.subject,
        back: { href: '/dev/mailbox', label: 'Development mailbox' },
      }),
      facts([
        ['To', message.to],
        ['Written', exactTime(message.createdAt, now)],
      ]),
      html`<pre class="message" tabindex="0" role="group" aria-label="Text of the message">${linkOwn(message.text, context.baseUrl)}</pre>`,
    ],
  });
