/** Many people who connected one app, or many apps that one person connected, as rows: copies of one of each. */
import { sql } from 'kysely';
import type { Engine } from '../../src/storage/engine.ts';

export interface Copied {
  readonly table: string;
  /** Which row is copied, as SQL about `one`; `$` is the id of the grant. */
  readonly which: string;
  /** Columns that tell copies apart, as SQL about the number `n` of the copy. */
  readonly own: Readonly<Record<string, string>>;
}

const USER = `'u' || n || $`;
const GRANT = `'g' || n || $`;
const FAMILY = `'f' || n || $`;

const PEOPLE: readonly Copied[] = [
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

const APP = `'c' || n || $`;

/** The same person, and another app each. */
const APPS: readonly Copied[] = [
  {
    table: 'apps',
    which: 'one.id = (select client_id from grants where id = $)',
    own: { id: APP, creation_key: APP, group_id: 'null' },
  },
  {
    table: 'grants',
    which: 'one.id = $',
    own: { id: GRANT, client_id: APP, group_id: 'null' },
  },
  {
    table: 'token_families',
    which: 'one.grant_id = $',
    own: { id: FAMILY, grant_id: GRANT, client_id: APP },
  },
  {
    table: 'access_tokens',
    which: 'one.family_id in (select id from token_families where grant_id = $)',
    own: { id: `'a' || n || $`, family_id: FAMILY, client_id: APP },
  },
];

/** Ids of what the copy with a number has, from 1 on. */
export const crowdIds = (grantId: string, n: number) => ({
  userId: `u${n}${grantId}`,
  appId: `c${n}${grantId}`,
  grantId: `g${n}${grantId}`,
  familyId: `f${n}${grantId}`,
  tokenId: `a${n}${grantId}`,
});

interface Crowd {
  readonly grantId: string;
  readonly count: number;
}

/** Copies a grant that has one family and one access token, together with its person. */
export const addCrowd = (
  engine: Pick<Engine, 'migrations'>,
  { grantId: id, count }: Crowd,
): Promise<void> => addCopies(engine, PEOPLE, { id, count });

/** Copies such a grant together with its app. */
export const addConnections = (
  engine: Pick<Engine, 'migrations'>,
  { grantId: id, count }: Crowd,
): Promise<void> => addCopies(engine, APPS, { id, count });

/** Copies rows, in the order of the tables. */
export async function addCopies(
  { migrations: db }: Pick<Engine, 'migrations'>,
  copied: readonly Copied[],
  { id: copiedId, count }: { readonly id: string; readonly count: number },
): Promise<void> {
  const tables = await db.introspection.getTables();
  const id = `'${copiedId}'`;
  for (const { table, which, own } of copied) {
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
