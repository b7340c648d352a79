/** The apps of one person, where it is decided what becomes of the person. */
import type { PortalContext } from '../portal-context.ts';
import { html, type Html } from '../ui/html.ts';
import { table, type Column } from '../ui/parts.ts';
import { sayUsers } from './frame.ts';

const MOST_SHOWN = { page: 1, pageSize: 500 };

export interface OwnedApp {
  readonly id: string;
  readonly name: string;
  /** How many people have it connected; `null` for a service, which nobody connects. */
  readonly users: number | null;
}

export async function appsOwnedBy(
  { apps: { reads } }: PortalContext,
  ownerId: string,
): Promise<readonly OwnedApp[]> {
  const { items } = await reads.apps.list({ ownerId }, MOST_SHOWN);
  const users = await reads.appGrants.countUsersOf(items.map(({ id }) => id));
  return items.map(({ id, name, type }) => ({
    id,
    name,
    users: type === 'service' ? null : (users.get(id) ?? 0),
  }));
}

const COLUMNS: readonly Column<OwnedApp>[] = [
  {
    label: 'App',
    kind: 'primary',
    cell: ({ id, name }) => html`<a href="/apps/${id}"><bdi>${name}</bdi></a>`,
  },
  {
    label: 'Connected',
    cell: ({ users }) =>
      users === null ? html`<span class="muted">Service</span>` : sayUsers(users),
  },
];

const TRANSFER: Column<OwnedApp> = {
  label: 'Another owner',
  cell: ({ id, name }) =>
    html`<a href="/admin/apps/${id}/transfer" aria-label="Give to another owner: ${name}">Give to another owner</a>`,
};

const OFFER: Column<OwnedApp> = {
  label: 'Give away',
  cell: ({ id, name }) =>
    html`<a href="/apps/${id}/offer" aria-label="Offer to somebody: ${name}">Offer to somebody</a>`,
};

export const ownedAppsTable = (given: {
  readonly caption: string;
  readonly apps: readonly OwnedApp[];
  /** Whether whoever looks may give them to others. */
  readonly mayTransfer: boolean;
  /** Whether they are the apps of whoever looks. */
  readonly mayOffer: boolean;
}): Html =>
  table({
    caption: given.caption,
    rows: given.apps,
    columns: [
      ...COLUMNS,
      ...(given.mayOffer ? [OFFER] : []),
      ...(given.mayTransfer ? [TRANSFER] : []),
    ],
  });
