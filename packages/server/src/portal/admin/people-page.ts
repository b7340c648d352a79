import type { User, UserWithRole } from '../../identity/types.ts';
import type { PageOf } from '../../kit/page.ts';
import { countOf } from '../../kit/plural.ts';
import { personalPage } from '../frame.ts';
import { addressOf, pagesOf, sayFound } from '../paging.ts';
import type { PortalContext } from '../portal-context.ts';
import { button, field } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { emptyState, heading, table, type Column } from '../ui/parts.ts';
import { badge, stateBadge } from '../ui/state.ts';
import { relativeTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';

export interface PeoplePage {
  readonly people: PageOf<UserWithRole>;
  readonly search: string;
  readonly now: number;
}

export const peoplePage = (context: PortalContext, visit: SignedInVisit, given: PeoplePage): Html =>
  personalPage(context, visit, {
    title: 'People',
    current: 'people',
    body: [
      heading({ title: 'People', lead: sayCount(given) }),
      searchForm(given.search),
      given.people.items.length === 0
        ? nobody
        : table({
            caption: 'People, newest first',
            rows: given.people.items,
            columns: columns(visit, given.now),
          }),
      pages(given),
    ],
  });

const count = (total: number): string => countOf(total, 'person', 'people');

const sayCount = ({ people, search }: PeoplePage): string =>
  search === ''
    ? `${count(people.total)} can sign in to this installation.`
    : sayFound(people, count);

const searchForm = (search: string): Html =>
  html`<form method="get" action="/admin/people" role="search" class="search">
    ${field({ label: 'Name or e-mail address', name: 'q', type: 'search', value: search, autocomplete: 'off' })}
    ${button({ label: 'Search', icon: 'search' })}
  </form>`;

const nobody = emptyState(
  { icon: 'search', title: 'Nobody found' },
  html`<p>No name or address contains this. <a href="/admin/people">Show everybody</a></p>`,
);

const columns = (visit: SignedInVisit, now: number): readonly Column<UserWithRole>[] => [
  {
    label: 'Person',
    kind: 'primary',
    cell: (user) =>
      html`<a href="/admin/people/${user.id}">${user.name}</a>
        ${user.id === visit.signedIn.user.id && badge('You', 'quiet')}
        <small>${user.email}</small>`,
  },
  {
    label: 'Role',
    cell: (user) => html`${sayRole(user.role)} ${user.isOperator && badge('Operator', 'accent')}`,
  },
  { label: 'State', kind: 'state', cell: stateOfPerson },
  { label: 'Last seen', cell: (user) => relativeTime(user.lastSeenAt, now) },
];

export const sayRole = (role: UserWithRole['role']): Child =>
  role === null
    ? html`<span class="muted">None</span>`
    : role.charAt(0).toUpperCase() + role.slice(1);

export function stateOfPerson(user: User): Html {
  if (user.erasedAt !== null) return stateBadge('erased');
  if (user.deletionDueAt !== null) return stateBadge('deleting');
  if (user.suspendedAt !== null) return stateBadge('suspended');
  return stateBadge(user.emailVerifiedAt === null ? 'unverified' : 'active');
}

export const PEOPLE_LIST = { name: 'people', shape: 'time-id' } as const;

const pages = ({ people, search }: PeoplePage): Html | null =>
  pagesOf(people, {
    list: { ...PEOPLE_LIST, address: addressOf('/admin/people', search) },
    label: 'Pages of people',
  });
