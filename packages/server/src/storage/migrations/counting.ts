/**
 * Counters and groups of lists, kept by the database itself in the statement that changes the rows: also of what an older
 * version, or a person at the database, writes. Released migrations depend on it: it must not change.
 */
import { sql, type Kysely } from 'kysely';

/** A number of rows for each owner. The texts are SQL about a row called `$`. */
export interface Counter {
  readonly list: string;
  readonly owner: string;
  readonly isCounted: string;
  /** The columns that the two above read. */
  readonly columns: readonly string[];
}

/** Rows of an owner in an account that hold the same scopes have the same `group_id`. */
export interface Grouping {
  readonly list: string;
  readonly owner: string;
  readonly mayIntrospect: string;
  readonly columns: readonly string[];
  /** SQL about a row called `$`: which rows are in a group at all. Not given: every one. */
  readonly isGrouped?: string;
}

export interface CountedTable {
  readonly table: string;
  readonly counters: readonly Counter[];
  readonly grouping?: Grouping;
}

export type EngineName = 'sqlite' | 'postgres';

const of = (text: string, row: string): string => text.replaceAll('$', row);
const quoted = (text: string): string => `'${text}'`;

/** One row of counts for each of so many connections: transactions that count for one owner then do not wait for each other. */
const SLOTS = 16;
const slotOf = (engine: EngineName): string =>
  engine === 'sqlite' ? '0' : `pg_backend_pid() % ${SLOTS}`;

export async function count(
  db: Kysely<unknown>,
  engine: EngineName,
  counted: CountedTable,
): Promise<void> {
  const statements = engine === 'sqlite' ? sqliteTriggers(counted) : postgresTriggers(counted);
  for (const statement of [...backfill(counted, engine), ...statements])
    await sql.raw(statement).execute(db);
}

/** The same for a table that is counted already, from now on: what is counted of its rows must stay the same. */
export async function countAnew(
  db: Kysely<unknown>,
  engine: EngineName,
  counted: CountedTable,
): Promise<void> {
  const [drop, create] =
    engine === 'sqlite'
      ? [sqliteDrops(counted), sqliteTriggers(counted)]
      : [postgresDrops(counted), postgresTriggers(counted)];
  for (const statement of [...drop, ...create]) await sql.raw(statement).execute(db);
}

const sqliteDrops = ({ table, counters, grouping }: CountedTable): string[] =>
  [
    ...(grouping === undefined ? [] : [`${table}_group_inserted`, `${table}_group_updated`]),
    ...counters.flatMap(({ list }) =>
      ['inserted', 'deleted', 'updated'].map((event) => `${table}_count_${list}_${event}`),
    ),
  ].map((name) => `drop trigger ${name}`);

/** A trigger goes with its function. */
const postgresDrops = ({ table, grouping }: CountedTable): string[] =>
  [
    ...(grouping === undefined ? [] : [`group_${table}`]),
    ...Object.keys(TRANSITIONS).map((event) => `count_${table}_${event}`),
  ].map((name) => `drop function ${name}() cascade`);

const alsoGrouped = ({ isGrouped }: Grouping, condition: string): string =>
  isGrouped === undefined ? condition : `(${condition}) and ${of(isGrouped, 'new')}`;

function backfill({ table, counters, grouping }: CountedTable, engine: EngineName): string[] {
  const groups = grouping === undefined ? [] : backfillGroups(table, grouping, engine);
  const counts = counters.map(
    ({ list, owner, isCounted }) =>
      `insert into list_counts (list, owner, slot, total)
        select ${quoted(list)}, owner, 0, count(*) from (
          select ${of(owner, table)} as owner from ${table} where ${of(isCounted, table)}) c group by owner`,
  );
  return [...groups, ...counts];
}

const keyOf = (engine: EngineName, row: string): string =>
  engine === 'sqlite' ? `${row}.scopes` : `md5(${row}.scopes)`;

function backfillGroups(table: string, grouping: Grouping, engine: EngineName): string[] {
  const { list, owner, mayIntrospect } = grouping;
  return [
    `insert into list_groups (list, owner_id, account_id, scopes_key, may_introspect, scopes)
      select distinct ${quoted(list)}, ${of(owner, table)}, ${table}.account_id, ${keyOf(engine, table)},
        ${of(mayIntrospect, table)}, ${table}.scopes from ${table}`,
    `update ${table} set group_id = (${groupOf(grouping, engine, table)})`,
  ];
}

const groupOf = (
  { list, owner, mayIntrospect }: Grouping,
  engine: EngineName,
  row: string,
): string =>
  `select g.id from list_groups g where g.list = ${quoted(list)} and g.owner_id = ${of(owner, row)}
    and g.account_id = ${row}.account_id and g.scopes_key = ${keyOf(engine, row)}
    and g.may_introspect = ${of(mayIntrospect, row)}`;

const insertGroup = (grouping: Grouping, engine: EngineName): string =>
  `insert into list_groups (list, owner_id, account_id, scopes_key, may_introspect, scopes)
    values (${quoted(grouping.list)}, ${of(grouping.owner, 'new')}, new.account_id, ${keyOf(engine, 'new')},
      ${of(grouping.mayIntrospect, 'new')}, new.scopes) on conflict do nothing`;

function sqliteTriggers({ table, counters, grouping }: CountedTable): string[] {
  return [
    ...(grouping === undefined ? [] : sqliteGroups(table, grouping)),
    ...counters.flatMap((counter) => sqliteCounter(table, counter)),
  ];
}

function sqliteGroups(table: string, grouping: Grouping): string[] {
  const setGroup = `${insertGroup(grouping, 'sqlite')};
    update ${table} set group_id = (${groupOf(grouping, 'sqlite', 'new')}) where id = new.id;`;
  const { columns } = grouping;
  return [
    `create trigger ${table}_group_inserted after insert on ${table} when ${alsoGrouped(grouping, 'new.group_id is null')} begin ${setGroup} end`,
    `create trigger ${table}_group_updated after update of ${columns.join(', ')} on ${table}
      when ${alsoGrouped(grouping, columns.map((name) => `new.${name} is not old.${name}`).join(' or '))} begin ${setGroup} end`,
  ];
}

function sqliteCounter(table: string, { list, owner, isCounted, columns }: Counter): string[] {
  const name = `${table}_count_${list}`;
  const added = `insert into list_counts (list, owner, slot, total)
    select ${quoted(list)}, ${of(owner, 'new')}, 0, 1 where ${of(isCounted, 'new')}
    on conflict (list, owner, slot) do update set total = total + 1;`;
  const removed = `update list_counts set total = total - 1
    where list = ${quoted(list)} and owner = ${of(owner, 'old')} and slot = 0 and (${of(isCounted, 'old')});`;
  const differs = `(${of(isCounted, 'new')}) is not (${of(isCounted, 'old')}) or ${of(owner, 'new')} is not ${of(owner, 'old')}`;
  return [
    `create trigger ${name}_inserted after insert on ${table} when ${of(isCounted, 'new')} begin ${added} end`,
    `create trigger ${name}_deleted after delete on ${table} when ${of(isCounted, 'old')} begin ${removed} end`,
    `create trigger ${name}_updated after update of ${columns.join(', ')} on ${table} when ${differs} begin ${removed} ${added} end`,
  ];
}

/** By statements, not by rows: a statement about many rows changes each counter once, and all in one order. */
function postgresTriggers({ table, counters, grouping }: CountedTable): string[] {
  const changes = (rows: string, change: number): string =>
    counters
      .map(
        ({ list, owner, isCounted }) =>
          `select ${quoted(list)} as list, ${of(owner, 'r')} as owner, ${change} as change from ${rows} r where ${of(isCounted, 'r')}`,
      )
      .join(' union all ');
  return [
    ...(grouping === undefined ? [] : postgresGroups(table, grouping)),
    ...postgresCount(table, 'insert', changes('added', 1)),
    ...postgresCount(table, 'delete', changes('removed', -1)),
    ...postgresCount(table, 'update', `${changes('added', 1)} union all ${changes('removed', -1)}`),
  ];
}

const TRANSITIONS = {
  insert: 'new table as added',
  delete: 'old table as removed',
  update: 'old table as removed new table as added',
} as const;

function postgresCount(table: string, event: keyof typeof TRANSITIONS, changes: string): string[] {
  const name = `count_${table}_${event}`;
  return [
    `create function ${name}() returns trigger language plpgsql as $body$
      begin
        insert into list_counts (list, owner, slot, total)
          select list, owner, ${slotOf('postgres')}, sum(change) from (${changes}) c
          group by list, owner having sum(change) <> 0 order by list, owner
          on conflict (list, owner, slot) do update set total = list_counts.total + excluded.total;
        return null;
      end $body$`,
    `create trigger ${name} after ${event} on ${table} referencing ${TRANSITIONS[event]}
      for each statement execute function ${name}()`,
  ];
}

function postgresGroups(table: string, grouping: Grouping): string[] {
  const name = `group_${table}`;
  const { columns } = grouping;
  return [
    `create function ${name}() returns trigger language plpgsql as $body$
      begin
        new.group_id := (${groupOf(grouping, 'postgres', 'new')});
        if new.group_id is null then
          ${insertGroup(grouping, 'postgres')};
          new.group_id := (${groupOf(grouping, 'postgres', 'new')});
        end if;
        return new;
      end $body$`,
    `create trigger ${name}_inserted before insert on ${table} for each row
      when (${alsoGrouped(grouping, 'new.group_id is null')}) execute function ${name}()`,
    `create trigger ${name}_updated before update of ${columns.join(', ')} on ${table} for each row
      when (${alsoGrouped(grouping, columns.map((column) => `new.${column} is distinct from old.${column}`).join(' or '))})
      execute function ${name}()`,
  ];
}

/** How many different people have an app connected: whoever allowed it in two accounts counts once. */
export async function countUsersOfApps(db: Kysely<unknown>, engine: EngineName): Promise<void> {
  const counted = `insert into list_counts (list, owner, slot, total)
    select 'app_users', client_id, 0, count(distinct user_id) from grants where revoked_at is null group by client_id`;
  const triggers = engine === 'sqlite' ? sqliteUsersOfApps() : postgresUsersOfApps();
  for (const statement of [counted, ...triggers]) await sql.raw(statement).execute(db);
}

function sqliteUsersOfApps(): string[] {
  const isOnly = (
    row: string,
  ): string => `not exists (select 1 from grants o where o.user_id = ${row}.user_id
    and o.client_id = ${row}.client_id and o.revoked_at is null and o.id <> ${row}.id)`;
  const added = `insert into list_counts (list, owner, slot, total)
    select 'app_users', new.client_id, 0, 1 where ${isOnly('new')}
    on conflict (list, owner, slot) do update set total = total + 1;`;
  const removed = `update list_counts set total = total - 1
    where list = 'app_users' and owner = old.client_id and slot = 0 and ${isOnly('old')};`;
  return [
    `create trigger grants_app_users_inserted after insert on grants when new.revoked_at is null begin ${added} end`,
    `create trigger grants_app_users_deleted after delete on grants when old.revoked_at is null begin ${removed} end`,
    `create trigger grants_app_users_ended after update of revoked_at on grants
      when old.revoked_at is null and new.revoked_at is not null begin ${removed} end`,
    `create trigger grants_app_users_revived after update of revoked_at on grants
      when old.revoked_at is not null and new.revoked_at is null begin ${added} end`,
  ];
}

function postgresUsersOfApps(): string[] {
  const live = (rows: string, change: number): string =>
    `select client_id, user_id, ${change} as change from ${rows} where revoked_at is null`;
  const event = (name: keyof typeof TRANSITIONS, changes: string): string[] => [
    `create function count_app_users_${name}() returns trigger language plpgsql as $body$
      begin
        insert into list_counts (list, owner, slot, total)
          select 'app_users', client_id, ${slotOf('postgres')}, sum(sign(live) - sign(live - change)) from (
            select c.client_id, c.change, (select count(*) from grants g
              where g.user_id = c.user_id and g.client_id = c.client_id and g.revoked_at is null) as live
            from (select client_id, user_id, sum(change) as change from (${changes}) d
              group by client_id, user_id having sum(change) <> 0) c) e
          group by client_id having sum(sign(live) - sign(live - change)) <> 0 order by client_id
          on conflict (list, owner, slot) do update set total = list_counts.total + excluded.total;
        return null;
      end $body$`,
    `create trigger count_app_users_${name} after ${name} on grants referencing ${TRANSITIONS[name]}
      for each statement execute function count_app_users_${name}()`,
  ];
  return [
    ...event('insert', live('added', 1)),
    ...event('delete', live('removed', -1)),
    ...event('update', `${live('added', 1)} union all ${live('removed', -1)}`),
  ];
}
