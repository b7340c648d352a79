import { sql, type Kysely, type Migration } from 'kysely';
import { countAnew, type CountedTable, type EngineName } from './counting.ts';

/**
 * A client may belong to nobody, and then to no account. It is in the list of all apps and in nobody's own. An older version
 * that runs beside this one makes none, and takes one for unknown.
 */
export const appsWithoutOwner = (engine: EngineName): Migration => ({
  async up(db: Kysely<unknown>) {
    for (const [table, column] of NULLABLE)
      await sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} drop not null`.execute(
        db,
      );
    await countAnew(db, engine, COUNTED);
    // The index of owners takes two rows without one for different owners.
    await sql`create unique index apps_creation_unowned on apps (creation_key) where owner_id is null`.execute(
      db,
    );
  },
});

const NULLABLE = [
  ['apps', 'owner_id'],
  ['apps', 'account_id'],
  ['client_secrets', 'owner_id'],
] as const;

const KEPT = '$.deleted_at is null';
const OWNED = '$.owner_id is not null';
const GROUPED = `$.group_id is not null and ${KEPT}`;

/** As before, but for apps without an owner. */
const COUNTED: CountedTable = {
  table: 'apps',
  grouping: {
    list: 'apps',
    owner: '$.owner_id',
    mayIntrospect: '$.may_introspect',
    columns: ['owner_id', 'account_id', 'scopes', 'may_introspect'],
    isGrouped: OWNED,
  },
  counters: [
    {
      list: 'apps',
      owner: '$.owner_id',
      isCounted: `${OWNED} and ${KEPT}`,
      columns: ['owner_id', 'deleted_at'],
    },
    { list: 'all_apps', owner: `''`, isCounted: KEPT, columns: ['deleted_at'] },
    {
      list: 'group',
      owner: 'cast($.group_id as text)',
      isCounted: GROUPED,
      columns: ['group_id', 'deleted_at'],
    },
  ],
};
