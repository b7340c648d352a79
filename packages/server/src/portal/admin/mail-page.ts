import { countOf, nounFor } from '../../kit/plural.ts';
import { personalPage } from '../frame.ts';
import { pagesOf } from '../paging.ts';
import type { MailDesk, PortalContext } from '../portal-context.ts';
import { button, form } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { callout, emptyState, heading, table, type Column } from '../ui/parts.ts';
import { stateBadge } from '../ui/state.ts';
import { relativeTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';

type Troubles = Awaited<ReturnType<MailDesk['troubles']>>;
type Trouble = Troubles['items'][number];
type Standstill = Awaited<ReturnType<MailDesk['standstill']>>;

export interface MailPage {
  readonly troubles: Troubles;
  readonly standstill: Standstill;
  readonly notice: Notice | null;
  readonly now: number;
}

export const mailPage = (context: PortalContext, visit: SignedInVisit, given: MailPage): Html =>
  personalPage(context, visit, {
    title: 'Mail',
    current: 'mail',
    notice: given.notice,
    body: [
      heading({ title: 'Mail', lead: 'Messages that did not arrive yet, or at all.' }),
      context.mail.mailbox !== null && noServer,
      given.standstill !== null && noMail(given.standstill),
      given.troubles.items.length === 0
        ? emptyState({ icon: 'check', title: 'No trouble' }, html`<p>Nothing is waiting.</p>`)
        : table({
            caption: 'Messages in trouble, newest first',
            rows: given.troubles.items,
            columns: columns(visit, given.now),
          }),
      pages(given),
    ],
  });

const noServer = callout(
  'quiet',
  html`No SMTP server is configured, so nothing is sent: messages are kept in the
    <a href="/dev/mailbox">development mailbox</a>.`,
);

/** Also on the operator's first page. */
export const noMail = (
  { waiting, reason }: NonNullable<Standstill>,
  link: Html | null = null,
): Html =>
  callout(
    'warning',
    html`<p>
      <strong>The mail server takes no mail from this server.</strong> ${sayWaiting(waiting)}
      ${reason !== null && html`It says: “${reason}”.`} ${link}
    </p>`,
  );

const sayWaiting = (count: number): string => {
  if (count === 0) return 'Messages will wait until it does.';
  return `${countOf(count, 'message')} ${nounFor(count, 'waits', 'wait')}.`;
};

/** How operators call each kind of message. */
export const KINDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'verify-email': 'Confirm an address',
    'address-in-use': 'Address already in use',
    'reset-password': 'New password',
    'no-such-account': 'No such account',
    'confirm-identity': 'Confirm identity',
    'change-email': 'Confirm a new address',
    'address-wanted': 'Address wanted by somebody else',
    'sign-up-again': 'Sign up again',
    'email-changed': 'Address changed',
    'email-change-undone': 'Change of address undone',
    'deletion-requested': 'Deletion asked for',
    'deletion-cancelled': 'Deletion taken back',
    'deletion-done': 'Account deleted',
    'account-handed-over': 'Account handed over',
    'access-returned': 'Access given back',
    'password-changed': 'Password changed',
    'new-sign-in': 'New sign-in',
    'app-transferred': 'App given to another owner',
    'app-offered': 'App offered to this address',
    'app-offer-made': 'App offered to somebody',
    'app-offer-declined': 'Offer of an app declined',
    'app-authorised': 'App connected',
    'token-created': 'Token created',
    'token-expires': 'Token expires',
    'token-revoked': 'Token revoked',
    'token-exposed': 'Token found in public',
    unreadable: 'Cannot be read',
  }),
);

const columns = (visit: SignedInVisit, now: number): readonly Column<Trouble>[] => [
  {
    label: 'Message',
    kind: 'primary',
    cell: ({ kind, to }) =>
      html`${KINDS.get(kind) ?? kind} <small>${to === '' ? 'nobody knows to whom' : ['to ', html`<bdi>${to}</bdi>`]}</small>`,
  },
  { label: 'State', kind: 'short', cell: (trouble) => stateOfMessage(trouble, now) },
  {
    label: 'Reason',
    kind: 'long',
    cell: ({ lastError }) => lastError ?? html`<span class="muted">–</span>`,
  },
  { label: 'Tried', kind: 'number', cell: ({ attempts }) => `${attempts} ×` },
  { label: 'Written', cell: ({ createdAt }) => relativeTime(createdAt, now) },
  { label: 'Retry', kind: 'actions', cell: (trouble) => retry(visit, trouble) },
];

const stateOfMessage = ({ failedAt, nextAttemptAt }: Trouble, now: number): Child =>
  failedAt === null
    ? html`${stateBadge('waiting')} <small>next try ${relativeTime(nextAttemptAt, now)}</small>`
    : html`${stateBadge('failed')} <small>${relativeTime(failedAt, now)}</small>`;

const retry = ({ signedIn }: SignedInVisit, { id, to, canRetry }: Trouble): Html | null =>
  !canRetry
    ? null
    : form(
        { action: `/admin/mail/${id}/retry`, csrf: signedIn.csrf },
        button({
          label: 'Retry',
          attributes: {
            'aria-label': to === '' ? 'Retry this message' : `Retry the message to ${to}`,
          },
        }),
      );

export const MAIL_LIST = { name: 'mail', shape: 'id', address: '/admin/mail' } as const;

const pages = ({ troubles }: MailPage): Html | null =>
  pagesOf(troubles, { list: MAIL_LIST, label: 'Pages of messages' });
