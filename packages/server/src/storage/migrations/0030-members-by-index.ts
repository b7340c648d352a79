import { sql, type Kysely, type Migration } from 'kysely';
import { count, type CountedTable, type EngineName } from './counting.ts';

/** The members of an account and the accounts of a person: counted, and found by an index in the order of their lists. */
export const membersByIndex = (engine: EngineName): Migration => ({
  async up(db: Kysely<unknown>) {
    await count(db, engine, COUNTED);
    for (const statement of INDEXES) await sql.raw(statement).execute(db);
  },
});

const COUNTED: CountedTable = {
  table: 'memberships',
  counters: [
    { list: 'members', owner: '$.account_id', isCounted: '1 = 1', columns: ['account_id'] },
    { list: 'memberships', owner: '$.user_id', isCounted: '1 = 1', columns: ['user_id'] },
  ],
};

/** As `storage/accounts.ts` orders them. */
const INDEXES = [
  `create index memberships_members on memberships (account_id,
    (case role when 'owner' then 0 when 'admin' then 1 when 'member' then 2 else 3 end), created_at, user_id)`,
  `create index memberships_accounts on memberships (user_id, (case role when 'owner' then 0 else 1 end), created_at, account_id)`,
];
