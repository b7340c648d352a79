/** Every counter of a list beside the number of rows that it is about, as the database itself counts them. */
import { sql } from 'kysely';
import type { Database } from '../../src/storage/engine.ts';

/** List to the owners and rows that it counts. */
const COUNTED: Readonly<Record<string, string>> = {
  tokens: 'select user_id as owner from developer_tokens',
  all_tokens: `select '' as owner from developer_tokens`,
  apps: 'select owner_id as owner from apps where deleted_at is null',
  all_apps: `select '' as owner from apps where deleted_at is null`,
  grants: 'select user_id as owner from grants where revoked_at is null',
  all_grants: `select '' as owner from grants where revoked_at is null`,
  app_grants: 'select client_id as owner from grants where revoked_at is null',
  app_users:
    'select client_id as owner from (select distinct client_id, user_id from grants where revoked_at is null) d',
  user_events: `select user_id || ' ' || account_id as owner from events where user_id is not null and account_id is not null`,
  account_events: 'select account_id as owner from events where account_id is not null',
  users: `select '' as owner from users where erased_at is null`,
  failed_mail: `select '' as owner from outbox where failed_at is not null`,
  late_mail: `select '' as owner from outbox where sent_at is null and failed_at is null and attempts > 0`,
  members: 'select account_id as owner from memberships',
  memberships: 'select user_id as owner from memberships',
  group: `select cast(group_id as text) as owner from developer_tokens
    union all select cast(group_id as text) from apps where deleted_at is null
    union all select cast(group_id as text) from grants where revoked_at is null`,
};

const GROUPED = {
  tokens: ['developer_tokens', 'user_id'],
  apps: ['apps', 'owner_id'],
  grants: ['grants', 'user_id'],
};

interface Row {
  readonly list: string;
  readonly owner: string;
  readonly total: number | string;
}

const written = ({ rows }: { readonly rows: readonly Row[] }): readonly string[] =>
  rows.map(({ list, owner, total }) => `${list} ${owner}: ${Number(total)}`).sort();

/** What the counters say, and what is there. The same when nothing is wrong. */
export async function countersAndRows(
  db: Database,
): Promise<{ counters: readonly string[]; rows: readonly string[] }> {
  const counters = await sql<Row>`select list, owner, sum(total) as total from list_counts
    group by list, owner having sum(total) <> 0`.execute(db);
  const parts = Object.entries(COUNTED).map(
    ([list, rows]) =>
      `select '${list}' as list, owner, count(*) as total from (${rows}) "${list}" group by owner`,
  );
  const rows = await sql.raw<Row>(parts.join(' union all ')).execute(db);
  return { counters: written(counters), rows: written(rows) };
}

/** Ids of rows that are in the group of another owner, account or set of scopes, or in none. */
export async function misgrouped(db: Database): Promise<readonly string[]> {
  const parts = Object.entries(GROUPED).map(
    ([list, [table, owner]]) =>
      `select t.id from ${table} t left join list_groups g on g.id = t.group_id where g.id is null or g.list <> '${list}'
        or g.owner_id <> t.${owner} or g.account_id <> t.account_id or g.scopes <> t.scopes`,
  );
  const { rows } = await sql.raw<{ id: string }>(parts.join(' union all ')).execute(db);
  return rows.map(({ id }) => id);
}
