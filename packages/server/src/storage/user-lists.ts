/** Pages of people, for operators and the command line. */
import { sql } from 'kysely';
import type { UserStore } from '../identity/ports.ts';
import type { Handle } from './engine.ts';
import { countOf, keysOf, pageWith, readInOrder, withTotal, type Listed } from './lists.ts';
import { toUser } from './rows.ts';
import { containing } from './search-text.ts';
import { search } from './search.ts';

const EVERYBODY: Listed = {
  table: 'users',
  order: ['created_at', 'id'],
  where: [sql`erased_at is null`],
};

export const userLists = ({ read }: Handle): Pick<UserStore, 'list' | 'byIds'> => ({
  async byIds(ids) {
    if (ids.length === 0) return new Map();
    const distinct = [...new Set(ids)];
    const rows = await read.selectFrom('users').selectAll().where('id', 'in', distinct).execute();
    return new Map(rows.map((row) => [row.id, toUser(row)]));
  },
  async list(typed, page) {
    const pattern = containing(typed);
    const isFound = sql<boolean>`search_name like ${pattern} escape '\\' or email like ${pattern} escape '\\'`;
    const found =
      typed === ''
        ? await withTotal(keysOf(read, EVERYBODY, page), countOf(read, 'users', ''))
        : await search(read, { listed: EVERYBODY, isFound }, page);
    const rows = await readInOrder(found.positions, (ids) =>
      read
        .selectFrom('users')
        .leftJoin('memberships', (join) =>
          join
            .onRef('memberships.user_id', '=', 'users.id')
            .onRef('memberships.account_id', '=', 'users.account_id'),
        )
        .where('users.id', 'in', ids)
        .selectAll('users')
        .select('memberships.role')
        .execute(),
    );
    const people = rows.map(({ role, ...row }) => ({ ...toUser(row), role }));
    return pageWith(people, found.total, found);
  },
});
