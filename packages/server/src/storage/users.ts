import { sql, type Selectable } from 'kysely';
import type { UserStore } from '../identity/ports.ts';
import type { User, UserChanges } from '../identity/types.ts';
import { noteUser } from './changed-rows.ts';
import { compiled } from './compiled.ts';
import type { Engine, Handle } from './engine.ts';
import { heldAddress } from './held-address.ts';
import { changedRow, newRow, toUser } from './rows.ts';
import type { Schema } from './schema.ts';
import { userLists } from './user-lists.ts';
import { searchText } from './search-text.ts';

type Row = Selectable<Schema['users']>;

export const findUserById = compiled<{ id: string }, Row>((db, value) =>
  db.selectFrom('users').selectAll().where('id', '=', value('id')),
);
const findUserByEmail = compiled<{ email: string }, Row>((db, value) =>
  db.selectFrom('users').selectAll().where('email', '=', value('email')),
);
const firstUser = ({ rows: [row] }: { readonly rows: readonly Row[] }): User | null =>
  row === undefined ? null : toUser(row);

const ENDS_LINKS = ['passwordChangedAt', 'emailVerifiedAt', 'suspendedAt'] as const;

function rowOf(changes: UserChanges & { readonly email?: string }) {
  const { name, isOperator } = changes;
  const endsLinks =
    changes.email !== undefined || ENDS_LINKS.some((name) => changes[name] !== undefined);
  return {
    ...changedRow('users', {
      ...changes,
      searchName: name === undefined ? undefined : searchText(name),
      isOperator: isOperator === undefined ? undefined : Number(isOperator),
    }),
    ...(endsLinks && { proof_epoch: sql<number>`proof_epoch + 1` }),
  };
}

/** The one unique column that an update can run into. SQLITE_CONSTRAINT_UNIQUE; unique_violation. */
const isTaken = (error: unknown): boolean =>
  error instanceof Error &&
  (('errcode' in error && error.errcode === 2067) || ('code' in error && error.code === '23505'));

export function userStore(handle: Handle, engine: Engine['name']): UserStore {
  return {
    insert: (user) =>
      handle.write(async (db) => {
        const stored = { searchName: searchText(user.name), isOperator: Number(user.isOperator) };
        const row = Object.entries(newRow('users', { ...user, ...stored }));
        const { numAffectedRows } = await sql`
          insert into users (${sql.join(row.map(([name]) => sql.ref(name)))})
          select ${sql.join(row.map(([, value]) => sql`${value}`))}
          where not exists ${heldAddress(db, user.email, user.createdAt).select('id')}
          on conflict (email) do nothing
        `.execute(db);
        return numAffectedRows === 1n;
      }),
    byId: async (id) => firstUser(await findUserById(handle.read, { id })),
    byEmail: async (email) => firstUser(await findUserByEmail(handle.read, { email })),
    update: (id, changes) =>
      handle.write(async (db) => {
        await db.updateTable('users').set(rowOf(changes)).where('id', '=', id).execute();
        if (changes.suspendedAt !== undefined) noteUser(db, id);
      }),
    changeEmail: (id, changes) =>
      handle.write(async (db) => {
        // PostgreSQL gives up a whole transaction in which a statement fails.
        if (engine === 'postgres') await sql`savepoint taken`.execute(db);
        try {
          await db.updateTable('users').set(rowOf(changes)).where('id', '=', id).execute();
          return true;
        } catch (error) {
          if (!isTaken(error)) throw error;
          if (engine === 'postgres') await sql`rollback to savepoint taken`.execute(db);
          return false;
        }
      }),
    async lock(id) {
      // SQLite has one writer at a time anyway.
      if (engine === 'sqlite') return;
      await handle.read.selectFrom('users').select('id').where('id', '=', id).forUpdate().execute();
    },
    async lockOperators() {
      const operators = handle.read
        .selectFrom('users')
        .select('id')
        .where('is_operator', '=', 1)
        .where('suspended_at', 'is', null)
        .orderBy('id');
      const rows = await (engine === 'sqlite' ? operators : operators.forUpdate()).execute();
      return rows.map(({ id }) => id);
    },
    async dueForErasure(now, { limit, after }) {
      let due = handle.read
        .selectFrom('users')
        .selectAll()
        .where('deletion_due_at', '<=', now)
        .where('erased_at', 'is', null);
      if (after !== null)
        due = due.where(
          sql<boolean>`(deletion_due_at, id) > (${after.deletionDueAt}, ${after.id})`,
        );
      const rows = await due.orderBy('deletion_due_at').orderBy('id').limit(limit).execute();
      return rows.map(toUser);
    },
    async erasedSince(at) {
      const rows = await handle.read
        .selectFrom('users')
        .selectAll()
        .where('erased_at', '>=', at)
        .execute();
      return rows.map(toUser);
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
    ...userLists(handle),
  };
}
