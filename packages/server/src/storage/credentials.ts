/** The checker's one read, on the hot path: prepared once on SQLite, gathered per turn of the event loop on PostgreSQL. */
import type { Pool } from 'pg';
import type { DatabaseSync } from 'node:sqlite';
import type { Role } from '../accounts/types.ts';
import type { CredentialFacts, CredentialSource } from '../checker/ports.ts';
import { splitScopes } from '../oauth/scope.ts';
import { postgresFailure, sqliteFailure } from './unavailable.ts';

const COLUMNS = `t.id, t.secret_hash, t.description, t.scopes, t.created_at, t.expires_at, t.disabled_at, t.revoked_at,
  t.exposed_at, t.user_id, t.account_id, u.suspended_at as user_suspended_at, m.role`;
const TABLES = `developer_tokens t join users u on u.id = t.user_id
  left join memberships m on m.account_id = t.account_id and m.user_id = t.user_id`;

interface Row {
  readonly id: string;
  readonly secret_hash: Uint8Array;
  readonly description: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly disabled_at: number | null;
  readonly revoked_at: number | null;
  readonly exposed_at: number | null;
  readonly user_id: string;
  readonly account_id: string;
  readonly user_suspended_at: number | null;
  readonly role: Role | null;
}

const toFacts = (row: Row): CredentialFacts => ({
  id: row.id,
  secretHash: row.secret_hash,
  description: row.description,
  scopes: splitScopes(row.scopes),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  disabledAt: row.disabled_at,
  revokedAt: row.revoked_at,
  exposedAt: row.exposed_at,
  userId: row.user_id,
  userSuspendedAt: row.user_suspended_at,
  accountId: row.account_id,
  role: row.role,
});

export function sqliteCredentials(reader: DatabaseSync): CredentialSource {
  let statement: ReturnType<DatabaseSync['prepare']> | undefined;
  const get = (id: string) => {
    try {
      // Prepared late: the tables may not be there when the file is opened.
      statement ??= reader.prepare(`select ${COLUMNS} from ${TABLES} where t.id = ?`);
      return statement.get(id);
    } catch (error) {
      throw sqliteFailure(error);
    }
  };
  return {
    async find(id) {
      // The statement above and Row are written together.
      const row = get(id) as Row | undefined;
      return row === undefined ? null : toFacts(row);
    },
  };
}

interface Waiting {
  readonly resolve: (facts: CredentialFacts | null) => void;
  readonly reject: (error: unknown) => void;
}

export function postgresCredentials(pool: Pool): CredentialSource {
  let waiting = new Map<string, Waiting[]>();

  async function readAll(): Promise<void> {
    const asked = waiting;
    waiting = new Map();
    try {
      const text = `select ${COLUMNS} from ${TABLES} where t.id = any($1)`;
      const { rows } = await pool.query<Row>({
        name: 'credentials',
        text,
        values: [[...asked.keys()]],
      });
      const found = new Map(rows.map((row) => [row.id, toFacts(row)]));
      for (const [id, callers] of asked) {
        for (const { resolve } of callers) resolve(found.get(id) ?? null);
      }
    } catch (error) {
      const failure = postgresFailure(error);
      for (const callers of asked.values()) for (const { reject } of callers) reject(failure);
    }
  }

  return {
    find: (id) =>
      new Promise((resolve, reject) => {
        if (waiting.size === 0) setImmediate(() => void readAll());
        waiting.set(id, [...(waiting.get(id) ?? []), { resolve, reject }]);
      }),
  };
}
