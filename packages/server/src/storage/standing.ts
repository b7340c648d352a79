/** What the fate of a code, a family or anything else of a grant depends on besides itself. */
import { sql, type Selectable } from 'kysely';
import type { Standing } from '../oauth/ports.ts';
import { compiled } from './compiled.ts';
import { accessEndedAt } from './ended-access.ts';
import type { ScopedHandle } from './engine.ts';
import { coveredIn, scopeReader, type AppScopesRow } from './oauth-rows.ts';
import type { Schema } from './schema.ts';

interface StandingRow extends AppScopesRow {
  readonly allowed_scopes: string;
  readonly declined_scopes: string;
  readonly app_revision: number;
  readonly grant_revoked_at: number | null;
  readonly user_suspended_at: number | null;
  readonly role: string | null;
}

export const toStanding = (
  names: Pick<ScopedHandle, 'catalogues'>,
  row: StandingRow,
): Standing => ({
  grantRevokedAt: row.grant_revoked_at,
  userSuspendedAt: row.user_suspended_at,
  role: row.role,
  consented: coveredIn(names, { ...row, scopes: row.allowed_scopes }),
  declined: scopeReader(names)(row.declined_scopes),
});

/** Tables of what was issued, or waits to be issued, by a grant. */
type Item = {
  [Table in keyof Schema]: Schema[Table] extends ItemRow ? Table : never;
}[keyof Schema];

interface ItemRow {
  id: string;
  grant_id: string | null;
  user_id: string | null;
  account_id: string | null;
}

type Row<Table extends Item> = Selectable<Schema[Table]>;

/** A row together with its grant, app, user and membership. Names of columns are those of the table's row type. */
export const standingOf = <Table extends Item>(table: Table) =>
  compiled<{ id: string }, Row<Table> & StandingRow>(
    (_db, value) => sql<Row<Table> & StandingRow>`
    select item.*, coalesce(grants.revoked_at, apps.deleted_at, ${sql.raw(accessEndedAt('grants'))}) as grant_revoked_at, users.suspended_at as user_suspended_at, memberships.role,
      grants.scopes as allowed_scopes, grants.declined_scopes, grants.app_revision, apps.scopes as app_scopes, apps.gained_scopes
    from ${sql.table(table)} as item
    join grants on grants.id = item.grant_id
    join apps on apps.id = grants.client_id
    join users on users.id = item.user_id
    left join memberships on memberships.user_id = item.user_id and memberships.account_id = item.account_id
    where item.id = ${value('id')}`,
  );
