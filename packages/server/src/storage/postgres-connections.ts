/**
 * Connections to PostgreSQL: bounded in number, patience and life. One that failed or fell silent is never used again.
 * Depends on no state of a session, because a pooler may run every transaction on another one.
 */
import pg from 'pg';
import type { DatabaseLimits } from './database-limits.ts';
import { searchPath } from './postgres-schema.ts';
import { postgresFailure, StorageUnavailable } from './unavailable.ts';

/** A connection in the hands of one caller, who gives it back once. */
export interface Lease {
  /** No pooler stands between, so that the session is this connection's alone. */
  readonly isDirect: boolean;
  /** Rejects with `StorageUnavailable` for what may pass. Of several statements, the last result is answered. */
  query(text: string, values?: readonly unknown[], patience?: Patience): Promise<pg.QueryResult>;
  /** Named: parsed and planned once for each connection, where that is possible. */
  queryNamed(name: string, text: string, values: readonly unknown[]): Promise<pg.QueryResult>;
  /** A statement failed so that nobody knows what the connection would do next. */
  isLost(): boolean;
  /** Keeps the connection for the next caller, unless it is lost. */
  release(): void;
}

/** Milliseconds to wait for an answer; `null`: as long as it takes. */
type Patience = number | null;

export interface Connections {
  lease(): Promise<Lease>;
  /** One statement that only reads, tried once more on another connection when the first one turns out to be dead. */
  read<Result>(work: (lease: Lease) => Promise<Result>): Promise<Result>;
  end(): Promise<void>;
}

interface Facts {
  readonly isDirect: boolean;
  /** Connections made before others were found dead are probably dead too. */
  readonly generation: number;
}

const IDLE_MILLISECONDS = 60_000;
const KEEP_ALIVE_MILLISECONDS = 30_000;
/** The server gives up first, so that it and the connection stay usable. */
const GRACE = 1.2;

export function openConnections(databaseUrl: string, limits: DatabaseLimits): Connections {
  const facts = new WeakMap<object, Facts>();
  const patience = limits.querySeconds * 1_000 * GRACE;
  let generation = 0;
  let areNamed = true;
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'gatehouse',
    connectionTimeoutMillis: limits.connectSeconds * 1_000,
    idleTimeoutMillis: IDLE_MILLISECONDS,
    maxLifetimeSeconds: limits.connectionMinutes * 60,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS,
    max: limits.poolSize,
    types: columnTypes(),
    // The pool waits for the promise, though its type does not say so.
    // oxlint-disable-next-line typescript/no-misused-promises
    onConnect: async (client) => {
      const isDirect = await prepareSession(client, limits);
      facts.set(client, { isDirect, generation });
    },
  });
  // A connection that dies is replaced by the pool, and whoever was using it is told by the statement under way;
  // without these two listeners its error would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));

  async function lease(): Promise<Lease> {
    for (;;) {
      const client = await pool.connect().catch(rethrow);
      const { isDirect = false, generation: born = 0 } = facts.get(client) ?? {};
      const onLost = (): void => {
        if (born === generation) generation += 1;
      };
      const onNamesMixed = (): void => void (areNamed = false);
      const held = { isDirect, isNamed: isDirect && areNamed, patience, onLost, onNamesMixed };
      if (born === generation) return leaseOf(client, held);
      client.release(true);
    }
  }

  async function read<Result>(work: (lease: Lease) => Promise<Result>): Promise<Result> {
    for (let isLast = false; ; isLast = true) {
      const held = await lease();
      try {
        return await work(held);
      } catch (error) {
        if (isLast || !isGone(error)) throw error;
      } finally {
        held.release();
      }
    }
  }

  return { lease, read, end: () => pool.end() };
}

const rethrow = (error: unknown): never => {
  throw postgresFailure(error);
};

interface Held {
  readonly isDirect: boolean;
  readonly isNamed: boolean;
  readonly patience: number;
  readonly onLost: () => void;
  readonly onNamesMixed: () => void;
}

/** duplicate_prepared_statement, invalid_sql_statement_name: a pooler that did not show itself. */
const NAMES_MIXED = new Set<unknown>(['42P05', '26000']);

function leaseOf(client: pg.PoolClient, held: Held): Lease {
  const { isDirect, isNamed, patience, onLost, onNamesMixed } = held;
  let isLost = false;
  async function run(query: pg.QueryConfig, wait: Patience = patience): Promise<pg.QueryResult> {
    try {
      // Types know no timeout of a single query, and one result for several statements.
      const timed = { ...query, ...(wait !== null && { query_timeout: wait }) } as pg.QueryConfig;
      const result: pg.QueryResult | pg.QueryResult[] = await client.query(timed);
      return Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : result;
    } catch (error) {
      if (!isUsableAfter(error)) {
        isLost = true;
        onLost();
      }
      throw postgresFailure(error);
    }
  }
  return {
    isDirect,
    query: (text, values = [], wait = patience) => run({ text, values: [...values] }, wait),
    async queryNamed(name, text, values) {
      const query = { text, values: [...values] };
      if (!isNamed) return run(query);
      try {
        return await run({ ...query, name });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && NAMES_MIXED.has(error.code)))
          throw error;
        onNamesMixed();
        return run(query);
      }
    },
    isLost: () => isLost,
    release: () => client.release(isLost),
  };
}

/**
 * Whether a pooler stands between: it has no process of its own for a connection, so the number it gave at the start is
 * not the session's. A session that is this connection's alone gets the limits; through a pooler it would be somebody
 * else's, and transactions set their own.
 */
async function prepareSession(client: pg.ClientBase, limits: DatabaseLimits): Promise<boolean> {
  if (limits.preparedStatements === 'never') return false;
  const { processID } = client as pg.ClientBase & { readonly processID: number | null };
  const settings = Object.entries(sessionSettings(limits)).map(
    ([name, value]) =>
      `pg_catalog.set_config('${name}', ${pg.escapeLiteral(String(value))}, false)`,
  );
  const query = {
    text: `select case when pg_catalog.pg_backend_pid() operator(pg_catalog.=) $1::pg_catalog.int8 then pg_catalog.concat(${settings.join(', ')}) end as limits`,
    values: [processID ?? -1],
    query_timeout: limits.connectSeconds * 1_000,
  };
  const { rows } = await client.query<{ limits: string | null }>(query);
  return rows[0]?.limits !== null;
}

/** PostgreSQL's own limits, in milliseconds, by the name of the setting. */
const timeouts = ({ querySeconds, lockSeconds }: DatabaseLimits) => ({
  statement_timeout: querySeconds * 1_000,
  lock_timeout: lockSeconds * 1_000,
  idle_in_transaction_session_timeout: querySeconds * 1_000 * GRACE,
});

/** What holds for a session, or for a transaction of a session that is not ours alone. */
export const sessionSettings = (limits: DatabaseLimits) => ({
  search_path: searchPath(limits.databaseSchema),
  ...timeouts(limits),
});

/** Read-only means that another server has taken over: new connections may find it. */
const LEAVES = /^(25006|57P0[1-5]|08...)$/;

const isUsableAfter = (error: unknown): boolean =>
  error instanceof pg.DatabaseError &&
  error.severity !== 'FATAL' &&
  error.severity !== 'PANIC' &&
  !LEAVES.test(error.code ?? '');

/** The connection is gone at once. One that was silent is not: its caller has waited long enough. */
export const isGone = (error: unknown): boolean =>
  error instanceof StorageUnavailable &&
  !isUsableAfter(error.cause) &&
  !/timeout/i.test(error.message);

/** The values that `node:sqlite` gives. */
function columnTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  // Epoch seconds and counts stay far below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.BYTEA, (text) =>
    Uint8Array.from(Buffer.from(text.slice('\\x'.length), 'hex')),
  );
  return types;
}
