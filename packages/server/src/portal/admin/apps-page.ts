import type { User } from '../../identity/types.ts';
import type { PageOf } from '../../kit/page.ts';
import { countOf } from '../../kit/plural.ts';
import { APP_COLUMNS } from '../apps/list-page.ts';
import type { CountedApp } from '../apps/list.ts';
import { personalPage } from '../frame.ts';
import { addressOf, pagesOf, sayFound } from '../paging.ts';
import type { PortalContext } from '../portal-context.ts';
import { button, field } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { emptyState, heading, table, type Column } from '../ui/parts.ts';
import { badge } from '../ui/state.ts';
import type { SignedInVisit } from '../visit.ts';

export interface OwnedApp extends CountedApp {
  readonly owner: User | null;
}

export interface AppsPage {
  readonly apps: PageOf<OwnedApp>;
  readonly search: string;
  readonly notice: Notice | null;
}

export const appsPage = (context: PortalContext, visit: SignedInVisit, given: AppsPage): Html =>
  personalPage(context, visit, {
    title: 'All apps',
    current: 'all-apps',
    notice: given.notice,
    body: [
      heading({ title: 'All apps', lead: sayCount(given) }),
      searchForm(given.search),
      given.apps.items.length === 0
        ? none
        : table({
            caption: 'Apps of everybody, newest first',
            rows: given.apps.items,
            columns: COLUMNS,
          }),
      pages(given),
    ],
  });

const count = (total: number): string => countOf(total, 'app');

const sayCount = ({ apps, search }: AppsPage): string =>
  search === '' ? `${count(apps.total)} registered on this installation.` : sayFound(apps, count);

const searchForm = (search: string): Html =>
  html`<form method="get" action="/admin/apps" role="search" class="search">
    ${field({ label: 'Name', name: 'q', type: 'search', value: search, autocomplete: 'off' })}
    ${button({ label: 'Search', icon: 'search' })}
  </form>`;

const none = emptyState(
  { icon: 'code', title: 'No apps found' },
  html`<p>No app is registered by such a name. <a href="/admin/apps">Show all</a></p>`,
);

const OWNER: Column<OwnedApp> = {
  label: 'Owner',
  kind: 'long',
  cell: ({ owner }) =>
    owner === null
      ? html`<span class="muted">Nobody</span>`
      : html`<a href="/admin/people/${owner.id}">${owner.name}</a>
          ${owner.suspendedAt !== null && badge('Suspended', 'danger')}`,
};

const TRANSFER: Column<OwnedApp> = {
  label: 'Another owner',
  kind: 'actions',
  cell: ({ app }) =>
    html`<a href="/admin/apps/${app.id}/transfer" aria-label="Transfer ${app.name}…">Transfer…</a>`,
};

const [APP, ...REST] = APP_COLUMNS;
const COLUMNS: readonly Column<OwnedApp>[] = [
  ...(APP === undefined ? [] : [APP]),
  OWNER,
  ...REST,
  TRANSFER,
];

export const ALL_APPS = { name: 'all-apps', shape: 'time-id' } as const;

const pages = ({ apps, search }: AppsPage): Html | null =>
  pagesOf(apps, {
    list: { ...ALL_APPS, address: addressOf('/admin/apps', search) },
    label: 'Pages of apps',
  });
