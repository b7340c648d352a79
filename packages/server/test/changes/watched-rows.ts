/** The database itself notes every row that a verdict depends on and that changed: no act can keep it from that. */
import { sql, type Kysely } from 'kysely';
import type { AccessChange, ChangeKind } from '../../src/changes/changes.ts';
import type { Engine } from '../../src/storage/engine.ts';

/** The compiler asks for each. */
export const CHANGE_KINDS: Readonly<Record<ChangeKind, true>> = {
  developer_token: true,
  access_token: true,
  family: true,
  grant: true,
  client: true,
  secret: true,
  user: true,
  membership: true,
};

/** Columns that verdicts, or what is remembered of clients, depend on, and by which ids their rows are known. */
export const WATCHED = {
  developer_tokens: {
    columns: [
      'scopes',
      'resources',
      'expires_at',
      'disabled_at',
      'revoked_at',
      'exposed_at',
      'description',
    ],
    ids: { token_id: 'id', user_id: 'user_id', account_id: 'account_id' },
  },
  users: { columns: ['suspended_at'], ids: { user_id: 'id' } },
  memberships: { columns: ['role'], ids: { user_id: 'user_id', account_id: 'account_id' } },
  apps: {
    columns: [
      'name',
      'owner_id',
      'account_id',
      'redirect_uris',
      'scopes',
      'optional_scopes',
      'allows_missing_pkce',
      'access_seconds',
      'refresh_seconds',
      'is_refresh_strict',
      'may_introspect',
      'resource_id',
      'grant_types',
      'token_endpoint_auth_method',
      'jwks',
      'scope_revision',
      'gained_scopes',
      'disabled_at',
      'deleted_at',
    ],
    ids: { client_id: 'id' },
  },
  client_secrets: {
    columns: ['revoked_at', 'ends_at'],
    ids: { secret_id: 'id', client_id: 'app_id', user_id: 'owner_id' },
  },
  // Scopes of a grant that grow give nothing to what was issued before.
  grants: {
    columns: ['revoked_at'],
    ids: { grant_id: 'id', client_id: 'client_id', user_id: 'user_id', account_id: 'account_id' },
  },
  token_families: {
    columns: ['revoked_at', 'scopes', 'resources'],
    ids: { family_id: 'id', grant_id: 'grant_id', client_id: 'client_id', user_id: 'user_id' },
  },
  access_tokens: {
    columns: ['revoked_at', 'scopes', 'resources'],
    ids: { token_id: 'id', family_id: 'family_id', client_id: 'client_id', user_id: 'user_id' },
  },
} as const;

/** The ids by which a row that changed is known. */
export type Changed = Readonly<Record<string, string | null>>;

interface Trigger {
  readonly table: string;
  readonly event: 'update' | 'delete';
  readonly columns: readonly string[];
  readonly ids: Readonly<Record<string, string>>;
}

const triggers: readonly Trigger[] = Object.entries(WATCHED).flatMap(([table, watched]) => [
  { table, event: 'update', ...watched } as const,
  // Rows of credentials go long after their end.
  ...(table === 'memberships' ? [{ table, event: 'delete', ...watched } as const] : []),
]);

/** Text of the ids of a row, as JSON. */
const idsOf = ({ table, ids }: Trigger, make: string) =>
  sql.raw(
    `${make}('table', '${table}', ${Object.entries(ids)
      .map(([name, column]) => `'${name}', old.${column}`)
      .join(', ')})`,
  );

const differs = ({ event, columns }: Trigger) =>
  event === 'delete'
    ? sql.raw('true')
    : sql.raw(columns.map((name) => `old.${name} is distinct from new.${name}`).join(' or '));

export async function watchRows({ name, migrations: db }: Engine): Promise<void> {
  await sql`create table watched_rows (ids text not null)`.execute(db);
  for (const trigger of triggers) {
    const { table, event } = trigger;
    const called = sql.ref(`watch_${table}_${event}`);
    if (name === 'sqlite') {
      await sql`create trigger ${called} after ${sql.raw(event)} on ${sql.table(table)} when ${differs(trigger)}
        begin insert into watched_rows values (${idsOf(trigger, 'json_object')}); end`.execute(db);
      continue;
    }
    await sql`create function ${called}() returns trigger language plpgsql as $$ begin
      insert into watched_rows values (${idsOf(trigger, 'json_build_object')}::text); return null; end $$`.execute(
      db,
    );
    await sql`create trigger ${called} after ${sql.raw(event)} on ${sql.table(table)} for each row
      when (${differs(trigger)}) execute function ${called}()`.execute(db);
  }
}

/** What changed since it was asked last. */
export async function takeChanged(db: Kysely<unknown>): Promise<readonly Changed[]> {
  const { rows } = await sql<{ ids: string }>`select ids from watched_rows`.execute(db);
  await sql`delete from watched_rows`.execute(db);
  return rows.map(({ ids }): Changed => JSON.parse(ids));
}

/** Whether a reader that hears of the change drops what it knows of the row. */
export function covers(change: AccessChange, row: Changed): boolean {
  switch (change.kind) {
    case 'developer_token':
    case 'access_token':
      return change.tokenId === row['token_id'];
    case 'family':
      return change.familyId === row['family_id'];
    case 'grant':
      // Of an access token its family alone is known here, which belongs to one person and one app.
      return change.clientId === row['client_id'] && change.userId === row['user_id'];
    case 'client':
      return change.clientId === row['client_id'];
    case 'secret':
      return change.secretId === row['secret_id'];
    case 'user':
      return change.userId === row['user_id'];
    case 'membership':
      return change.userId === row['user_id'] && change.accountId === row['account_id'];
    case 'unknown':
      return true;
  }
}
