import { sql, type Selectable } from 'kysely';
import type { AccountStore } from '../accounts/ports.ts';
import type { AccountOfMember } from '../accounts/types.ts';
import { pageOfWhole } from '../kit/page.ts';
import { compiled } from './compiled.ts';
import type { Database, Handle } from './engine.ts';
import { toAccount, toCamel, toSnake, toTeam, toUser } from './rows.ts';
import { insertOfUser } from './insert-of-user.ts';
import type { Schema } from './schema.ts';

const ofMember = (db: Database, userId: string) =>
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
        .selectFrom('memberships as others')
        .whereRef('others.account_id', '=', 'accounts.id')
        .select((inner) => inner.fn.countAll<number>().as('members'))
        .as('member_count'),
    ]);

type MemberRow = Awaited<ReturnType<ReturnType<typeof ofMember>['execute']>>[number];

const toMember = (row: MemberRow): AccountOfMember => ({
  ...toAccount(row),
  role: row.role,
  memberCount: Number(row.member_count),
  ownerEmail: row.owner_email,
  ownerName: row.owner_name,
});

const accountsOfUser = compiled<{ userId: string }, MemberRow>((db, value) =>
  ofMember(db, value('userId'))
    .orderBy(sql`case when accounts.owner_id = ${value('userId')} then 0 else 1 end`)
    .orderBy('accounts.created_at'),
);
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

export function accountStore(handle: Handle): AccountStore {
  return {
    insert: (account, team, member) =>
      handle.write(async (db) => {
        const userId = account.ownerId;
        await insertOfUser(db, 'accounts', { userId, record: account });
        await insertOfUser(db, 'teams', { userId, record: team });
        await insertOfUser(db, 'memberships', { userId, record: member });
      }),
    async ofUser(userId, page) {
      const { rows } = await accountsOfUser(handle.read, { userId });
      return pageOfWhole(rows.map(toMember), page);
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
          .values(toSnake(member) as never)
          .onConflict((conflict) =>
            conflict.columns(['account_id', 'user_id']).doUpdateSet({ role: member.role }),
          )
          .execute();
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
        return result.numDeletedRows > 0n;
      }),
    async members(accountId, page) {
      const rows = await handle.read
        .selectFrom('memberships')
        .innerJoin('users', 'users.id', 'memberships.user_id')
        .where('memberships.account_id', '=', accountId)
        .selectAll('users')
        .select('memberships.role')
        .orderBy(
          sql`case memberships.role when 'owner' then 0 when 'admin' then 1 when 'member' then 2 else 3 end`,
        )
        .orderBy('memberships.created_at')
        .orderBy('users.id')
        .execute();
      return pageOfWhole(
        rows.map(({ role, ...row }) => ({ ...toUser(row), role })),
        page,
      );
    },
    async teamsOfUser(userId, page) {
      const rows = await handle.read
        .selectFrom('teams')
        .innerJoin('memberships', 'memberships.account_id', 'teams.account_id')
        .where('memberships.user_id', '=', userId)
        .selectAll('teams')
        .orderBy('teams.created_at')
        .orderBy('teams.id')
        .execute();
      return pageOfWhole(rows.map(toTeam), page);
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
