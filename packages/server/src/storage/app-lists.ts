/** Pages of apps, and how many people have them connected. */
import { sql } from 'kysely';
import type { AppFilter, AppGrants, AppsWithin, AppStore } from '../apps/ports.ts';
import type { PageRequest } from '../kit/page.ts';
import { endingPeople, isOfKeptAccess } from './ended-access.ts';
import type { Database, Handle, ScopedHandle } from './engine.ts';
import {
  countOf,
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
import { appReader, scopeReader } from './oauth-rows.ts';
import { containing } from './search-text.ts';
import { search } from './search.ts';

const listed = listsOf('apps', ['created_at', 'id']);

export const appLists = (handle: ScopedHandle): Pick<AppStore, 'list' | 'countLive'> => ({
  async list(filter, page) {
    const { read } = handle;
    const found = await find(handle, filter, page);
    const rows = await readInOrder(found.positions, (ids) =>
      read.selectFrom('apps').selectAll().where('id', 'in', ids).execute(),
    );
    return pageWith(rows.map(appReader(handle)), found.total, found);
  },
  countLive: (ownerId) => countOf(handle.read, 'apps', ownerId),
});

export const appUsers = ({ read }: Handle): Pick<AppGrants, 'countUsers' | 'countUsersOf'> => ({
  countUsers: async (appId) => (await countUsersOf(read, [appId])).get(appId) ?? 0,
  countUsersOf: (appIds) => countUsersOf(read, appIds),
});

/** Of a deleted app, and where the access of a person ended, the counter goes down in steps. */
async function countUsersOf(
  db: Database,
  appIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (appIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; total: number | string }>`select a.id,
      coalesce((select sum(total) from list_counts where list = 'app_users' and owner = a.id), 0)
      - (select count(distinct g.user_id) from grants g where g.user_id in ${endingPeople()} and g.client_id = a.id
          and g.revoked_at is null and not exists (select 1 from grants k where k.user_id = g.user_id
            and k.client_id = a.id and k.revoked_at is null and ${isOfKeptAccess('k')})) as total
    from apps a where a.id in (${sql.join([...appIds])}) and a.deleted_at is null`.execute(db);
  return new Map(rows.map(({ id, total }) => [id, Number(total)]));
}

async function find(handle: ScopedHandle, filter: AppFilter, page: PageRequest): Promise<Found> {
  const { read: db } = handle;
  const { ownerId, within, search: typed = '' } = filter;
  if (ownerId !== undefined && within !== undefined)
    return findWithin(handle, { ownerId, within }, page);
  const whose = ownerId === undefined ? sql<boolean>`deleted_at is null` : ofOwner(ownerId);
  const all = listed([whose]);
  if (typed !== '') {
    const isFound = sql<boolean>`search_name like ${containing(typed)} escape '\\'`;
    return { ...(await search(db, { listed: all, isFound }, page)) };
  }
  const counting =
    ownerId === undefined ? countOf(db, 'all_apps', '') : countOf(db, 'apps', ownerId);
  return withTotal(keysOf(db, all, page), counting);
}

const ofOwner = (ownerId: string) => sql<boolean>`owner_id = ${ownerId} and deleted_at is null`;

async function findWithin(
  handle: ScopedHandle,
  { ownerId, within }: { ownerId: string; within: AppsWithin },
  page: PageRequest,
): Promise<Found> {
  const { read: db } = handle;
  const scopesOf = scopeReader(handle);
  const groups = await groupsOf(db, 'apps', { ownerId, accountId: within.accountId });
  const visible = groups.filter(
    ({ scopes, mayIntrospect }) => !mayIntrospect && within.covers(scopesOf(scopes)),
  );
  const total = visible.reduce((sum, group) => sum + group.total, 0);
  if (visible.length <= MOST_MERGED) {
    const where = visible.map(({ id }) => sql<boolean>`group_id = ${id} and deleted_at is null`);
    return { ...(await keysOf(db, listed(where), page)), total };
  }
  const ids = new Set<number | null>(visible.map(({ id }) => id));
  const all = await walkKeys(db, listed([ofOwner(ownerId)]), async (found) => {
    const apps = db.selectFrom('apps').select(['id', 'group_id']).where('id', 'in', found);
    const rows = await apps.execute();
    return new Set(rows.filter((row) => ids.has(row.group_id)).map(({ id }) => id));
  });
  return { ...pageOfKeys(all, page), total };
}
