import { sql, type RawBuilder, type Selectable } from 'kysely';
import type { AccountStore } from '../identity/ports.ts';
import type { AccountOfMember } from '../identity/types.ts';
import { offsetOf, pageOfWhole } from '../kit/page.ts';
import { noteMembership } from './changed-rows.ts';
import { compiled } from './compiled.ts';
import type { Database, Handle } from './engine.ts';
import { countOf, pageWith, readInOrder } from './lists.ts';
import { newRow, toAccount, toCamel, toTeam, toUser } from './rows.ts';
import { insertOfUser } from './insert-of-user.ts';
import type { Schema } from './schema.ts';

const ofMember = (db: Database, userId: string | RawBuilder<string>) =>
  db
    .selectFrom('memberships')
    .innerJoin('accounts', 'accounts.id', 'memberships.account_id')
    .innerJoin('users as owners', 'owners.id', 'accounts.owner_id')
    .where('memberships.user_id', '=', userId)
    .selectAll('accounts')
    .select((eb) => [
      'memberships.role',
      'owners.email as owner_email',
      'owners.name as owner_name',
      eb
        .selectFrom('list_counts')
        .where('list_counts.list', '=', 'members')
        .whereRef('list_counts.owner', '=', 'accounts.id')
        .select((inner) => inner.fn.sum<number | string>('total').as('members'))
        .as('member_count'),
    ]);

type MemberRow = Awaited<ReturnType<ReturnType<typeof ofMember>['execute']>>[number];

const toMember = (row: MemberRow): AccountOfMember => ({
  ...toAccount(row),
  role: row.role,
  memberCount: Number(row.member_count ?? 0),
  ownerEmail: row.owner_email,
  ownerName: row.owner_name,
});

/** Orders of lists. There is an index of each, in these very words. */
const OWNED_FIRST = sql`case role when 'owner' then 0 else 1 end`;
const BY_ROLE = sql`case role when 'owner' then 0 when 'admin' then 1 when 'member' then 2 else 3 end`;

const accountOfUser = compiled<{ userId: string; accountId: string }, MemberRow>((db, value) =>
  ofMember(db, value('userId')).where('accounts.id', '=', value('accountId')),
);
const findMembership = compiled<
  { accountId: string; userId: string },
  Selectable<Schema['memberships']>
>((db, value) =>
  db
    .selectFrom('memberships')
    .selectAll()
    .where('account_id', '=', value('accountId'))
    .where('user_id', '=', value('userId')),
);

/** Lists that are asked for by number alone. */
const UNLINKED = { next: null, previous: null } as const;

export function accountStore(handle: Handle): AccountStore {
  return {
    insert: (account, team, member) =>
      handle.write(async (db) => {
        const userId = account.ownerId;
        await insertOfUser(db, 'accounts', { userId, row: newRow('accounts', account) });
        await insertOfUser(db, 'teams', { userId, row: newRow('teams', team) });
        const row = newRow('memberships', member);
        await insertOfUser(db, 'memberships', { userId, row });
      }),
    async ofUser(userId, page) {
      const [keys, total] = await Promise.all([
        handle.read
          .selectFrom('memberships')
          .select('account_id as id')
          .where('user_id', '=', userId)
          .orderBy(OWNED_FIRST)
          .orderBy('created_at')
          .orderBy('account_id')
          .limit(page.pageSize)
          .offset(offsetOf(page))
          .execute(),
        countOf(handle.read, 'memberships', userId),
      ]);
      const rows = await readInOrder(
        keys.map(({ id }) => [id]),
        (ids) => ofMember(handle.read, userId).where('accounts.id', 'in', ids).execute(),
      );
      return pageWith(rows.map(toMember), total, UNLINKED);
    },
    async ownedBy(userId) {
      const rows = await ofMember(handle.read, userId)
        .where('accounts.owner_id', '=', userId)
        .execute();
      return rows.map(toMember);
    },
    async ofMember(accountId, userId) {
      const [row] = (await accountOfUser(handle.read, { userId, accountId })).rows;
      return row === undefined ? null : toMember(row);
    },
    async membership(accountId, userId) {
      const [row] = (await findMembership(handle.read, { accountId, userId })).rows;
      return row === undefined ? null : toCamel(row);
    },
    setMembership: (member) =>
      handle.write(async (db) => {
        const before = await db
          .selectFrom('memberships')
          .select('role')
          .where('account_id', '=', member.accountId)
          .where('user_id', '=', member.userId)
          .executeTakeFirst();
        await db
          .insertInto('memberships')
          .values(newRow('memberships', member))
          .onConflict((conflict) =>
            conflict.columns(['account_id', 'user_id']).doUpdateSet({ role: member.role }),
          )
          .execute();
        if (before?.role !== member.role) noteMembership(db, member);
        return before?.role ?? null;
      }),
    handOver: (accountId, { ownerId, name, at }) =>
      handle.write(async (db) => {
        await db
          .updateTable('accounts')
          .set({ owner_id: ownerId, display_name: `Shared account of ${name}`, updated_at: at })
          .where('id', '=', accountId)
          .execute();
        await db
          .updateTable('teams')
          .set({ name: `Shared team of ${name}`, updated_at: at })
          .where('account_id', '=', accountId)
          .execute();
      }),
    removeMembership: (accountId, userId) =>
      handle.write(async (db) => {
        const result = await db
          .deleteFrom('memberships')
          .where('account_id', '=', accountId)
          .where('user_id', '=', userId)
          .executeTakeFirst();
        const isRemoved = result.numDeletedRows > 0n;
        if (isRemoved) noteMembership(db, { userId, accountId });
        return isRemoved;
      }),
    async members(accountId, page) {
      const [keys, total] = await Promise.all([
        handle.read
          .selectFrom('memberships')
          .select(['user_id as id', 'role'])
          .where('account_id', '=', accountId)
          .orderBy(BY_ROLE)
          .orderBy('created_at')
          .orderBy('user_id')
          .limit(page.pageSize)
          .offset(offsetOf(page))
          .execute(),
        countOf(handle.read, 'members', accountId),
      ]);
      const roles = new Map(keys.map(({ id, role }) => [id, role]));
      const rows = await readInOrder(
        keys.map(({ id }) => [id]),
        (ids) => handle.read.selectFrom('users').selectAll().where('id', 'in', ids).execute(),
      );
      const members = rows.map((row) => ({ ...toUser(row), role: roles.get(row.id) ?? null }));
      return pageWith(members, total, UNLINKED);
    },
    async teamsOfAccount(accountId, page) {
      const rows = await handle.read
        .selectFrom('teams')
        .selectAll()
        .where('account_id', '=', accountId)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return pageOfWhole(rows.map(toTeam), page);
    },
    async team(id) {
      const row = await handle.read
        .selectFrom('teams')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? null : toTeam(row);
    },
  };
}
