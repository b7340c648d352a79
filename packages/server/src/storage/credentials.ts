/** The checker's one read, on the hot path: prepared once on SQLite, gathered per turn of the event loop on PostgreSQL. */
import type { DatabaseSync } from 'node:sqlite';
import type { Role } from '../identity/types.ts';
import type { AppFacts, CredentialFacts, CredentialSource } from '../checker/ports.ts';
import type { CallingKind } from '../oauth/tokens/readers.ts';
import type { ScopedHandle } from './engine.ts';
import { accessEndedAt } from './ended-access.ts';
import { coveredIn, scopeReader } from './oauth-rows.ts';
import type { Connections } from './postgres-connections.ts';
import { readResources } from './stored-resources.ts';
import { sqliteFailure } from './unavailable.ts';

const DEVELOPER_TOKENS = `select t.id, t.secret_hash, t.description, t.scopes, t.resources, t.created_at, t.expires_at,
    t.disabled_at, t.revoked_at, t.exposed_at, t.user_id, t.account_id, u.suspended_at as user_suspended_at, m.role
  from developer_tokens t join users u on u.id = t.user_id
  left join memberships m on m.account_id = t.account_id and m.user_id = t.user_id`;

/**
 * A token of an app that acts as itself has no user: its owner's role is what bounds it. It ends with the secret that it came
 * by, also when it was issued by a process that did not know yet.
 */
const ACCESS_TOKENS = `select t.id, t.secret_hash, a.name as description, t.scopes, t.resources, t.created_at,
    case when s.ends_at < t.expires_at then s.ends_at else t.expires_at end as expires_at,
    null as disabled_at, coalesce(t.revoked_at, s.revoked_at) as revoked_at, null as exposed_at, t.user_id, t.account_id,
    u.suspended_at as user_suspended_at, m.role, a.id as app_id, a.owner_id, t.family_id, t.secret_id, a.scopes as app_scopes, a.gained_scopes, f.grant_id,
    case when f.generation = t.generation and f.previous_hash is not null then f.id end as retried_family, t.generation, f.rotated_at,
    g.scopes as allowed_scopes, g.app_revision,
    coalesce(a.deleted_at, a.disabled_at, o.suspended_at) as stopped_at,
    coalesce(g.revoked_at, f.revoked_at, a.deleted_at, ${accessEndedAt('g')}) as withdrawn_at
  from access_tokens t join apps a on a.id = t.client_id left join users o on o.id = a.owner_id
  left join client_secrets s on s.id = t.secret_id
  left join token_families f on f.id = t.family_id left join grants g on g.id = f.grant_id
  left join users u on u.id = t.user_id
  left join memberships m on m.account_id = t.account_id and m.user_id = coalesce(t.user_id, a.owner_id)`;

const QUERIES: Readonly<Record<CallingKind, string>> = {
  pat: DEVELOPER_TOKENS,
  oat: ACCESS_TOKENS,
};

/** The columns of both queries; those of apps are missing from the first. */
interface Row {
  readonly id: string;
  readonly secret_hash: Uint8Array;
  readonly description: string;
  readonly scopes: string;
  readonly resources: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly disabled_at: number | null;
  readonly revoked_at: number | null;
  readonly exposed_at: number | null;
  readonly user_id: string | null;
  readonly account_id: string;
  readonly user_suspended_at: number | null;
  readonly role: Role | null;
  readonly app_id?: string;
  readonly owner_id?: string | null;
  readonly family_id?: string | null;
  readonly secret_id?: string | null;
  readonly app_scopes?: string;
  readonly gained_scopes?: string;
  readonly allowed_scopes?: string | null;
  readonly app_revision?: number | null;
  readonly grant_id?: string | null;
  readonly retried_family?: string | null;
  readonly generation?: number;
  readonly rotated_at?: number | null;
  readonly stopped_at?: number | null;
  readonly withdrawn_at?: number | null;
}

type Names = Pick<ScopedHandle, 'catalogues'>;

const toFacts = (names: Names, row: Row): CredentialFacts => ({
  id: row.id,
  secretHash: row.secret_hash,
  description: row.description,
  scopes: scopeReader(names)(row.scopes),
  resources: readResources(names, row.resources),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  disabledAt: row.disabled_at,
  revokedAt: row.revoked_at,
  exposedAt: row.exposed_at,
  userId: row.user_id,
  userSuspendedAt: row.user_suspended_at,
  accountId: row.account_id,
  role: row.role,
  app: row.app_id === undefined ? null : toApp(names, row, row.app_id),
});

const toApp = (names: Names, row: Row, id: string): AppFacts => ({
  id,
  name: row.description,
  ownerId: row.owner_id ?? null,
  scopes: scopesOfApp(names, row),
  stoppedAt: row.stopped_at ?? null,
  grantId: row.grant_id ?? null,
  familyId: row.family_id ?? null,
  secretId: row.secret_id ?? null,
  withdrawnAt: row.withdrawn_at ?? null,
  unconfirmed: unconfirmedOf(row),
});

function unconfirmedOf(row: Row): AppFacts['unconfirmed'] {
  const { retried_family: familyId, generation, rotated_at: rotatedAt } = row;
  const isThere = typeof familyId === 'string' && typeof rotatedAt === 'number';
  return isThere && generation !== undefined ? { familyId, generation, rotatedAt } : null;
}

/** An app that acts as itself needs nobody's consent. */
function scopesOfApp(
  names: Names,
  { app_scopes = '', gained_scopes = '', ...row }: Row,
): readonly string[] {
  const { allowed_scopes: scopes, app_revision } = row;
  if (typeof scopes !== 'string' || typeof app_revision !== 'number')
    return scopeReader(names)(app_scopes);
  return coveredIn(names, { scopes, app_revision, app_scopes, gained_scopes });
}

export function sqliteCredentials(reader: DatabaseSync, names: Names): CredentialSource {
  const statements = new Map<CallingKind, ReturnType<DatabaseSync['prepare']>>();
  const prepared = (kind: CallingKind) => {
    // Prepared late: the tables may not be there when the file is opened.
    const statement = statements.get(kind) ?? reader.prepare(`${QUERIES[kind]} where t.id = ?`);
    statements.set(kind, statement);
    return statement;
  };
  const get = (kind: CallingKind, id: string) => {
    try {
      return prepared(kind).get(id);
    } catch (error) {
      throw sqliteFailure(error);
    }
  };
  return {
    find(kind, id) {
      // The statement above and Row are written together.
      const row = get(kind, id) as Row | undefined;
      return row === undefined ? null : toFacts(names, row);
    },
  };
}

export function postgresCredentials(connections: Connections, names: Names): CredentialSource {
  const read = (row: Row) => toFacts(names, row);
  const find = { pat: gathered(connections, 'pat', read), oat: gathered(connections, 'oat', read) };
  return { find: (kind, id) => find[kind](id) };
}

interface Waiting {
  readonly resolve: (facts: CredentialFacts | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Whatever one turn of the event loop asks for is read by one statement. */
function gathered(
  connections: Connections,
  kind: CallingKind,
  read: (row: Row) => CredentialFacts,
): (id: string) => Promise<CredentialFacts | null> {
  const text = `${QUERIES[kind]} where t.id = any($1)`;
  let waiting = new Map<string, Waiting[]>();

  async function readAll(): Promise<void> {
    const asked = waiting;
    waiting = new Map();
    try {
      const { rows } = await connections.read((lease) =>
        lease.queryNamed(`credentials ${kind}`, text, [[...asked.keys()]]),
      );
      // The statement above and Row are written together.
      const found = new Map((rows as readonly Row[]).map((row) => [row.id, read(row)]));
      for (const [id, callers] of asked) {
        for (const { resolve } of callers) resolve(found.get(id) ?? null);
      }
    } catch (error) {
      for (const callers of asked.values()) for (const { reject } of callers) reject(error);
    }
  }

  return (id) =>
    new Promise((resolve, reject) => {
      if (waiting.size === 0) setImmediate(() => void readAll());
      waiting.set(id, [...(waiting.get(id) ?? []), { resolve, reject }]);
    });
}
