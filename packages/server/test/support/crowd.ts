/** Many people who connected one app, as rows: copies of one of each. */
import { sql } from 'kysely';
import type { Engine } from '../../src/storage/engine.ts';

interface Copied {
  readonly table: string;
  /** Which row is copied, as SQL about `one`; `$` is the id of the grant. */
  readonly which: string;
  /** Columns that tell copies apart, as SQL about the number `n` of the copy. */
  readonly own: Readonly<Record<string, string>>;
}

const USER = `'u' || n || $`;
const GRANT = `'g' || n || $`;
const FAMILY = `'f' || n || $`;

const COPIED: readonly Copied[] = [
  {
    table: 'users',
    which: 'one.id = (select user_id from grants where id = $)',
    own: { id: USER, email: `${USER} || '@example.com'` },
  },
  {
    table: 'memberships',
    which:
      'one.account_id = (select account_id from grants where id = $) and one.user_id = (select user_id from grants where id = $)',
    own: { user_id: USER },
  },
  {
    table: 'grants',
    which: 'one.id = $',
    // The database finds the group again.
    own: { id: GRANT, user_id: USER, group_id: 'null' },
  },
  {
    table: 'token_families',
    which: 'one.grant_id = $',
    own: { id: FAMILY, grant_id: GRANT, user_id: USER },
  },
  {
    table: 'access_tokens',
    which: 'one.family_id in (select id from token_families where grant_id = $)',
    own: { id: `'a' || n || $`, family_id: FAMILY, user_id: USER },
  },
];

/** Ids of what the copy with a number has, from 1 on. */
export const crowdIds = (grantId: string, n: number) => ({
  userId: `u${n}${grantId}`,
  grantId: `g${n}${grantId}`,
  familyId: `f${n}${grantId}`,
  tokenId: `a${n}${grantId}`,
});

/** Copies a grant that has one family and one access token, together with its person. */
export async function addCrowd(
  { migrations: db }: Pick<Engine, 'migrations'>,
  { grantId, count }: { readonly grantId: string; readonly count: number },
): Promise<void> {
  const tables = await db.introspection.getTables();
  const id = `'${grantId}'`;
  for (const { table, which, own } of COPIED) {
    const columns = tables.find(({ name }) => name === table)?.columns ?? [];
    const values = columns.map(({ name }) => own[name]?.replaceAll('$', id) ?? `one.${name}`);
    await sql
      .raw(
        `insert into ${table} (${columns.map(({ name }) => name).join(', ')})
        with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${count})
        select ${values.join(', ')} from numbers, ${table} as one where ${which.replaceAll('$', id)}`,
      )
      .execute(db);
  }
}
