import { sql, type Selectable } from 'kysely';
import type { UserStore } from '../accounts/ports.ts';
import type { User } from '../accounts/types.ts';
import { offsetOf } from '../kit/page.ts';
import { compiled } from './compiled.ts';
import type { Engine, Handle } from './engine.ts';
import { toSnake, toUser } from './rows.ts';
import type { Schema } from './schema.ts';
import { containing, searchText } from './search-text.ts';

type Row = Selectable<Schema['users']>;

export const findUserById = compiled<{ id: string }, Row>((db, value) =>
  db.selectFrom('users').selectAll().where('id', '=', value('id')),
);
const findUserByEmail = compiled<{ email: string }, Row>((db, value) =>
  db.selectFrom('users').selectAll().where('email', '=', value('email')),
);
const firstUser = ({ rows: [row] }: { readonly rows: readonly Row[] }): User | null =>
  row === undefined ? null : toUser(row);

export function userStore(handle: Handle, engine: Engine['name']): UserStore {
  return {
    insert: (user) =>
      handle.write(async (db) => {
        const row = {
          ...toSnake(user),
          search_name: searchText(user.name),
          is_operator: user.isOperator ? 1 : 0,
        };
        const result = await db
          .insertInto('users')
          .values(row as never)
          .onConflict((conflict) => conflict.column('email').doNothing())
          .executeTakeFirst();
        return result.numInsertedOrUpdatedRows === 1n;
      }),
    byId: async (id) => firstUser(await findUserById(handle.read, { id })),
    byEmail: async (email) => firstUser(await findUserByEmail(handle.read, { email })),
    update: (id, changes) =>
      handle.write(async (db) => {
        const { isOperator, ...rest } = changes;
        const row = {
          ...toSnake(rest),
          ...(rest.name !== undefined && { search_name: searchText(rest.name) }),
          ...(isOperator !== undefined && { is_operator: isOperator ? 1 : 0 }),
        };
        await db.updateTable('users').set(row).where('id', '=', id).execute();
      }),
    async lock(id) {
      // SQLite has one writer at a time anyway.
      if (engine === 'sqlite') return;
      await handle.read.selectFrom('users').select('id').where('id', '=', id).forUpdate().execute();
    },
    claimInstallation: (userId, at) =>
      handle.write(async (db) => {
        const result = await db
          .insertInto('installation')
          .values({ key: 'operator', value: userId, set_at: at })
          .onConflict((conflict) => conflict.column('key').doNothing())
          .executeTakeFirst();
        return result.numInsertedOrUpdatedRows === 1n;
      }),
    async list(search, page) {
      const pattern = containing(search);
      const matching = handle.read
        .selectFrom('users')
        .where(
          sql<boolean>`(users.search_name like ${pattern} escape '\\' or users.email like ${pattern} escape '\\')`,
        );
      const { total } = await matching
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const rows = await matching
        .leftJoin('memberships', (join) =>
          join
            .onRef('memberships.user_id', '=', 'users.id')
            .onRef('memberships.account_id', '=', 'users.account_id'),
        )
        .selectAll('users')
        .select('memberships.role')
        .orderBy('users.created_at', 'desc')
        .orderBy('users.id')
        .limit(page.pageSize)
        .offset(offsetOf(page))
        .execute();
      return {
        total,
        items: rows.map(({ role, ...row }) => ({ ...toUser(row), role })),
      };
    },
  };
}
