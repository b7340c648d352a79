/** Pages of developer tokens. */
import { sql, type RawBuilder } from 'kysely';
import type { DeveloperTokenStore, TokenFilter, TokensWithin } from '../developer-tokens/ports.ts';
import type { PageRequest, Position } from '../kit/page.ts';
import type { Database, ScopedHandle } from './engine.ts';
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
import { scopeReader } from './oauth-rows.ts';
import { tokenReader } from './rows.ts';

export const tokenLists = (
  handle: ScopedHandle,
): Pick<DeveloperTokenStore, 'list' | 'countLive'> => ({
  async list(filter, page) {
    const { read } = handle;
    const found = await find(handle, filter, page);
    const rows = await readInOrder(found.positions, (ids) =>
      read.selectFrom('developer_tokens').selectAll().where('id', 'in', ids).execute(),
    );
    return pageWith(rows.map(tokenReader(handle)), found.total, found);
  },
  async countLive(userId, now) {
    const { read } = handle;
    const counts = liveOf(userId, now).map((condition) =>
      sql<{
        total: number;
      }>`select count(*) as total from developer_tokens where ${condition}`.execute(read),
    );
    const rows = (await Promise.all(counts)).flatMap((result) => result.rows);
    return rows.reduce((sum, { total }) => sum + total, 0);
  },
});

const listed = listsOf('developer_tokens', ['created_at', 'id']);

async function find(handle: ScopedHandle, filter: TokenFilter, page: PageRequest): Promise<Found> {
  const { read: db } = handle;
  const { userId, within, liveAt } = filter;
  if (userId !== undefined && within !== undefined)
    return findWithin(handle, { userId, within }, page);
  if (userId !== undefined && liveAt !== undefined) {
    const live = await livePositions(db, { ...filter, userId, liveAt });
    return { ...pageOfKeys(live, page), total: live.length };
  }
  if (userId === undefined) {
    const all = keysOf(db, listed([sql`1 = 1`]), page);
    return withTotal(all, countOf(db, 'all_tokens', ''));
  }
  const all = keysOf(db, listed([sql`user_id = ${userId}`]), page);
  return withTotal(all, countOf(db, 'tokens', userId));
}

/** Not revoked, not exposed, not expired: in two parts, because each is one range of an index. */
const liveOf = (userId: string, now: number): readonly RawBuilder<boolean>[] =>
  [sql`expires_at is null`, sql`expires_at > ${now}`].map(
    (end) =>
      sql<boolean>`user_id = ${userId} and revoked_at is null and exposed_at is null and ${end}`,
  );

/** The policy bounds how many live: they are few, however many have ended. */
async function livePositions(
  db: Database,
  { userId, liveAt, unusedSince }: TokenFilter & { userId: string; liveAt: number },
): Promise<readonly Position[]> {
  const parts = liveOf(userId, liveAt).map(
    (condition) =>
      sql`select id, created_at, last_used_at from developer_tokens where ${condition}`,
  );
  const { rows } = await sql<{
    id: string;
    created_at: number;
    last_used_at: number | null;
  }>`${sql.join(parts, sql` union all `)}`.execute(db);
  return rows
    .filter(
      (row) => unusedSince === undefined || (row.last_used_at ?? row.created_at) < unusedSince,
    )
    .toSorted((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1))
    .map((row) => [row.created_at, row.id]);
}

/** What a calling token covers: a matter of the scopes alone, so each set of them is asked about once. */
async function findWithin(
  handle: ScopedHandle,
  { userId, within }: { userId: string; within: TokensWithin },
  page: PageRequest,
): Promise<Found> {
  const { read: db } = handle;
  const scopesOf = scopeReader(handle);
  const { accountId, tokenId, covers } = within;
  const [groups, own] = await Promise.all([
    groupsOf(db, 'tokens', { ownerId: userId, accountId }),
    db
      .selectFrom('developer_tokens')
      .select(['user_id', 'group_id'])
      .where('id', '=', tokenId)
      .executeTakeFirst(),
  ]);
  const visible = groups.filter(({ scopes }) => covers(scopesOf(scopes)));
  const ids = new Set<number | null>(visible.map(({ id }) => id));
  const hasOwn = own?.user_id === userId && !ids.has(own.group_id);
  const total = visible.reduce((sum, group) => sum + group.total, hasOwn ? 1 : 0);
  if (ids.size < MOST_MERGED) {
    const where = visible.map(({ id }) => sql<boolean>`group_id = ${id}`);
    if (hasOwn) where.push(sql`id = ${tokenId}`);
    return { ...(await keysOf(db, listed(where), page)), total };
  }
  const all = await walkKeys(db, listed([sql`user_id = ${userId}`]), async (found) => {
    const rows = await db
      .selectFrom('developer_tokens')
      .select(['id', 'group_id'])
      .where('id', 'in', found)
      .execute();
    const seen = rows.filter((row) => ids.has(row.group_id) || (hasOwn && row.id === tokenId));
    return new Set(seen.map(({ id }) => id));
  });
  return { ...pageOfKeys(all, page), total };
}
