import type { Event } from '../../audit/event.ts';
import { securityLog } from '../account/event-words.ts';
import { isolated } from '../../kit/stranger-text.ts';
import type { Connection } from '../../consent/types.ts';
import type { PageOf, PageRequest } from '../../kit/page.ts';
import { isOffline } from '../../oauth/vocabulary.ts';
import { personalPage } from '../frame.ts';
import { pagesOf } from '../paging.ts';
import type { PortalContext } from '../portal-context.ts';
import { scopeList } from '../tokens/frame.ts';
import { summariseScopes } from '../tokens/scope-groups.ts';
import { actions, button, form, linkButton } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { callout, emptyState, facts, heading, table, type Column } from '../ui/parts.ts';
import { accountNamed } from '../ui/account-name.ts';
import { badge } from '../ui/state.ts';
import { relativeTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';

export interface ConnectionsPage {
  readonly connections: PageOf<Connection>;
  readonly page: PageRequest;
  readonly notice: Notice | null;
  readonly now: number;
}

export const connectionsPage = (
  context: PortalContext,
  visit: SignedInVisit,
  given: ConnectionsPage,
): Html =>
  personalPage(context, visit, {
    title: 'Connected apps',
    current: 'connections',
    notice: given.notice,
    body: [
      heading({
        title: 'Connected apps',
        lead: 'Apps that you allowed to use your account. Disconnecting ends all of it at once.',
      }),
      given.connections.items.length === 0
        ? none
        : table({
            caption: 'Connected apps, most recently allowed first',
            rows: given.connections.items,
            columns: columns(context, given.now),
          }),
      pages(given),
    ],
  });

const none = emptyState(
  { icon: 'link', title: 'No connected apps' },
  html`<p>When you allow an app to use your account, it appears here, and you can end it here.</p>`,
);

const columns = (context: PortalContext, now: number): readonly Column<Connection>[] => [
  {
    label: 'App',
    kind: 'primary',
    cell: sayApp,
  },
  { label: 'May', cell: (connection) => sayRights(context, connection) },
  { label: 'Since', cell: ({ createdAt }) => relativeTime(createdAt, now) },
  { label: 'Last used', cell: ({ lastUsedAt }) => relativeTime(lastUsedAt, now) },
  { label: 'Calls in 30 days', kind: 'number', cell: ({ calls }) => calls },
  {
    label: 'Disconnect',
    kind: 'actions',
    cell: ({ id, app }) =>
      linkButton({
        href: `/connections/${id}`,
        label: 'Disconnect…',
        attributes: { 'aria-label': `Disconnect ${isolated(app.name)}` },
      }),
  },
];

export const sayApp = ({ id, app, accountName, scopes }: Connection): Html =>
  html`<a href="/connections/${id}"><bdi>${app.name}</bdi></a>
    ${isOffline(scopes) && badge('Persistent', 'accent')}
    ${!app.isActive && badge('Disabled', 'quiet')}
    <small>${app.ownerName !== null && html`Owned by <bdi>${app.ownerName}</bdi> · `}${accountNamed(accountName)}</small>`;

export const sayRights = ({ catalogues }: PortalContext, { scopes }: Connection): string =>
  summariseScopes(scopes, catalogues.current());

export const CONNECTION_LIST = {
  name: 'connections',
  shape: 'time-id',
  address: '/connections',
} as const;

const pages = ({ connections }: ConnectionsPage): Html | null =>
  pagesOf(connections, { list: CONNECTION_LIST, label: 'Pages of apps' });

export interface ConnectionDossier {
  readonly connection: Connection;
  /** Newest first. */
  readonly events: readonly Event[];
  /** What the role in the account may hold. */
  readonly ceiling: ReadonlySet<string>;
  readonly now: number;
}

/** One connection: what it may do, and the way to end it. */
export const connectionPage = (
  context: PortalContext,
  visit: SignedInVisit,
  { connection, events, ceiling, now }: ConnectionDossier,
): Html => {
  const { app, scopes } = connection;
  return personalPage(context, visit, {
    title: app.name,
    current: 'connections',
    body: [
      heading({
        title: app.name,
        back: { href: '/connections', label: 'Connected apps' },
      }),
      facts([
        ...(app.ownerName === null
          ? []
          : [['App owned by', html`<bdi>${app.ownerName}</bdi>`] as const]),
        ['Account', accountNamed(connection.accountName)],
        [
          'Access',
          isOffline(scopes) ? 'Also while you are away' : 'Only for a while after you allowed it',
        ],
        ['Allowed', relativeTime(connection.createdAt, now)],
        ['Last used', relativeTime(connection.lastUsedAt, now)],
        ['Calls in 30 days', connection.calls],
        ...(app.homepageUrl === null
          ? []
          : [
              [
                'About',
                html`<a href="${app.homepageUrl}" rel="noopener noreferrer">${app.homepageUrl}</a>`,
              ] as const,
            ]),
        ['May', scopeList(context, scopes, ceiling)],
      ]),
      callout(
        'warning',
        html`<p>
          Disconnecting ends its access, and whatever it holds, at once. It can ask you again later.
        </p>`,
      ),
      form(
        { action: `/connections/${connection.id}/disconnect`, csrf: visit.signedIn.csrf },
        actions(
          button({ label: `Disconnect ${isolated(app.name)}`, kind: 'danger' }),
          linkButton({ href: '/connections', label: 'Keep it' }),
        ),
      ),
      securityLog(events, { now, isOwn: true, title: 'History' }),
    ],
  });
};
