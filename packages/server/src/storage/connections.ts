/** Pages of what people allowed apps, with what is shown of each app beside it. */
import { sql } from 'kysely';
import type { WhoseAccess } from '../identity/ports.ts';
import type { ConnectionFilter, GrantsWithin, GrantStore } from '../consent/ports.ts';
import type { Connection } from '../consent/types.ts';
import type { PageRequest } from '../kit/page.ts';
import { countOfEnded, isOfKeptAccess } from './ended-access.ts';
import { isOfEndingApp, isOfNoEndingApp } from './ending-apps.ts';
import type { Database, ScopedHandle } from './engine.ts';
import {
  groupsOf,
  keysOf,
  listsOf,
  MOST_MERGED,
  pageOfKeys,
  pageWith,
  readInOrder,
  walkKeys,
  withTotal,
  type Found,
} from './lists.ts';
import { scopeReader, toGrant } from './oauth-rows.ts';

/** The deletion of an app, and the end of a person's access, end grants at once, however long their rows take. */
const isLive = sql<boolean>`revoked_at is null and ${isOfNoEndingApp('client_id')} and ${isOfKeptAccess('grants')}`;

const listed = listsOf('grants', ['updated_at', 'id']);

export const connectionLists = (handle: ScopedHandle): Pick<GrantStore, 'connections'> => ({
  async connections(filter, page) {
    const found = await find(handle, filter, page);
    const items = await readInOrder(found.positions, (ids) =>
      readAll(handle, ids, filter.sinceDay),
    );
    return pageWith(items, found.total, found);
  },
});

async function find(
  handle: ScopedHandle,
  filter: ConnectionFilter,
  page: PageRequest,
): Promise<Found> {
  const { read: db } = handle;
  const { id, userId, clientId, within } = filter;
  if (id !== undefined) return findOne(db, { ...filter, id }, page);
  if (userId !== undefined && within !== undefined)
    return findWithin(handle, { userId, within }, page);
  const ofUser = userId === undefined ? [] : [sql`user_id = ${userId}`];
  const ofApp = clientId === undefined ? [] : [sql`client_id = ${clientId}`];
  const where = sql<boolean>`${sql.join([...ofUser, ...ofApp, isLive], sql` and `)}`;
  const [list, owner] =
    userId !== undefined
      ? (['grants', userId] as const)
      : clientId !== undefined
        ? (['app_grants', clientId] as const)
        : (['all_grants', ''] as const);
  const keys = keysOf(db, listed([where]), page);
  // Of one person and one app there are a few at most.
  if (userId === undefined || clientId === undefined)
    return withTotal(keys, countLive(db, list, owner));
  return { ...(await keys), total: (await keys).positions.length };
}

/** The counter of the list without those that are still to end, by one statement. */
async function countLive(db: Database, list: keyof typeof ENDING, owner: string): Promise<number> {
  const { rows } = await sql<{ total: number | string }>`select
    coalesce((select sum(total) from list_counts where list = ${list} and owner = ${owner}), 0)
      - ${countEnding(list, owner)} as total`.execute(db);
  return Number(rows[0]?.total ?? 0);
}

const ENDING = {
  grants: {
    ofApps: (userId: string) =>
      sql`select count(*) from grants where user_id = ${userId} and revoked_at is null and ${isOfEndingApp('client_id')}`,
    ofPeople: (userId: string) => countOfEnded({ userId }),
  },
  app_grants: {
    ofApps: (appId: string) =>
      sql`select sum(total) from list_counts where list = 'app_grants' and owner = ${appId} and ${isOfEndingApp('owner')}`,
    ofPeople: (clientId: string) => countOfEnded({ clientId }),
  },
  all_grants: {
    ofApps: () =>
      sql`select sum(total) from list_counts where list = 'app_grants' and ${isOfEndingApp('owner')}`,
    ofPeople: () => countOfEnded({}),
  },
} as const;

const countEnding = (list: keyof typeof ENDING, owner: string) =>
  sql`(coalesce((${ENDING[list].ofApps(owner)}), 0) + ${ENDING[list].ofPeople(owner)})`;

async function findOne(
  db: Database,
  { id, userId, clientId }: ConnectionFilter & { id: string },
  page: PageRequest,
): Promise<Found> {
  const row = await db
    .selectFrom('grants')
    .select(['user_id', 'client_id', 'updated_at'])
    .where('id', '=', id)
    .where(isLive)
    .executeTakeFirst();
  const isIt =
    row !== undefined &&
    (userId ?? row.user_id) === row.user_id &&
    (clientId ?? row.client_id) === row.client_id;
  const all = isIt ? [[row.updated_at, id] as const] : [];
  return { ...pageOfKeys(all, page), total: all.length };
}

/**
 * A consent covers what it says, or less when the app has lost a scope. Where what it says is covered by the calling token,
 * an index answers; where any says more, or is still to end, the apps are asked too, and the connections of the user are looked through.
 */
async function findWithin(
  handle: ScopedHandle,
  { userId, within }: { userId: string; within: GrantsWithin },
  page: PageRequest,
): Promise<Found> {
  const { read: db } = handle;
  const scopesOf = scopeReader(handle);
  const { accountId, covers } = within;
  const [groups, hasEnding] = await Promise.all([
    groupsOf(db, 'grants', { ownerId: userId, accountId }),
    hasEndingGrants(db, userId),
  ]);
  const isSure = !hasEnding && groups.every(({ scopes }) => covers(scopesOf(scopes)));
  if (isSure && groups.length <= MOST_MERGED) {
    const where = groups.map(({ id }) => sql<boolean>`group_id = ${id} and ${isLive}`);
    const total = groups.reduce((sum, group) => sum + group.total, 0);
    return { ...(await keysOf(db, listed(where), page)), total };
  }
  const ofUser = listed([sql`user_id = ${userId} and ${isLive}`]);
  const all = await walkKeys(db, ofUser, async (ids) => {
    const rows = await withApps(db, ids).selectAll('grants').execute();
    const visible = rows.filter(
      (row) => row.account_id === accountId && covers(toGrant(handle, row).scopes),
    );
    return new Set(visible.map(({ id }) => id));
  });
  return { ...pageOfKeys(all, page), total: all.length };
}

/** Live grants of a person in an account: the sets of scopes that they hold are counted, not they. */
export async function countConnections(
  db: Database,
  { userId, accountId }: WhoseAccess,
): Promise<number> {
  if (accountId === null) return countLive(db, 'grants', userId);
  const { rows } = await sql<{ total: number | string }>`select
    coalesce((select sum(c.total) from list_groups g
        join list_counts c on c.list = 'group' and c.owner = cast(g.id as text)
      where g.list = 'grants' and g.owner_id = ${userId} and g.account_id = ${accountId}), 0)
      - (select count(*) from grants where user_id = ${userId} and account_id = ${accountId}
        and revoked_at is null and ${isOfEndingApp('client_id')})
      - ${countOfEnded({ userId, accountId })} as total`.execute(db);
  return Number(rows[0]?.total ?? 0);
}

async function hasEndingGrants(db: Database, userId: string): Promise<boolean> {
  const count = sql<{ count: number | string }>`select ${countEnding('grants', userId)} as count`;
  return Number((await count.execute(db)).rows[0]?.count ?? 0) > 0;
}

const withApps = (db: Database, ids: readonly string[]) =>
  db
    .selectFrom('grants')
    .innerJoin('apps', 'apps.id', 'grants.client_id')
    .where('grants.id', 'in', ids)
    .select(['apps.scopes as app_scopes', 'apps.gained_scopes']);

async function readAll(
  handle: ScopedHandle,
  ids: readonly string[],
  sinceDay: number,
): Promise<readonly Connection[]> {
  const rows = await withApps(handle.read, ids)
    .innerJoin('accounts', 'accounts.id', 'grants.account_id')
    .leftJoin('users as owners', 'owners.id', 'apps.owner_id')
    .selectAll('grants')
    .select((eb) => [
      'apps.name as app_name',
      'apps.type as app_type',
      'apps.homepage_url',
      'apps.privacy_url',
      'apps.disabled_at',
      'owners.name as owner_name',
      'accounts.display_name',
      eb
        .selectFrom('grant_uses')
        .whereRef('grant_uses.grant_id', '=', 'grants.id')
        .where('grant_uses.day', '>=', sinceDay)
        .select((inner) => inner.fn.sum<number | string>('calls').as('sum'))
        .as('calls'),
    ])
    .execute();
  return rows.map((row): Connection => {
    const { app_name, app_type, homepage_url, privacy_url, disabled_at, ...rest } = row;
    const { owner_name, display_name, calls, ...grant } = rest;
    const app = {
      name: app_name,
      type: app_type,
      homepageUrl: homepage_url,
      privacyUrl: privacy_url,
      ownerName: owner_name,
    };
    return {
      ...toGrant(handle, grant),
      app: { ...app, isActive: disabled_at === null },
      accountName: display_name,
      // PostgreSQL sums whole numbers as texts.
      calls: Number(calls ?? 0),
    };
  });
}
