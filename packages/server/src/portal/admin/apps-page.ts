import type { User } from '../../accounts/types.ts';
import type { PageOf, PageRequest } from '../../kit/page.ts';
import { APP_COLUMNS } from '../apps/list-page.ts';
import type { CountedApp } from '../apps/list.ts';
import { personalPage } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { button, field } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { emptyState, heading, pager, table, type Column } from '../ui/parts.ts';
import { badge } from '../ui/state.ts';
import type { SignedInVisit } from '../visit.ts';

export interface OwnedApp extends CountedApp {
  readonly owner: User | null;
}

export interface AppsPage {
  readonly apps: PageOf<OwnedApp>;
  readonly page: PageRequest;
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

function sayCount({ apps: { total }, search }: AppsPage): string {
  const count = total === 1 ? '1 app' : `${total} apps`;
  return search === '' ? `${count} registered on this installation.` : `${count} found.`;
}

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
    owner !== null &&
    html`<a href="/admin/people/${owner.id}">${owner.name}</a>
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

function pages({ apps, page, search }: AppsPage): Html | null {
  const url = (number: number): string =>
    `/admin/apps?${search === '' ? '' : `q=${encodeURIComponent(search)}&`}page=${number}`;
  return pager({
    previous: page.page > 1 ? url(page.page - 1) : null,
    next: page.page * page.pageSize < apps.total ? url(page.page + 1) : null,
    label: 'Pages of apps',
  });
}
