/**
 * Transactions on PostgreSQL. One that loses a race, or its connection before the commit, is tried again. One whose commit
 * was not answered is looked up by its number, so that whoever waits is told what happened.
 */
import { elapsedMilliseconds } from '../kit/clock.ts';
import { setTimeout as wait } from 'node:timers/promises';
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import type { DatabaseLimits } from './database-limits.ts';
import type { Database } from './engine.ts';
import { isGone, sessionSettings, type Connections, type Lease } from './postgres-connections.ts';
import { poolClient, type StatementResult } from './postgres-pool-client.ts';
import type { Schema } from './schema.ts';
import { OutcomeUnknown, StorageUnavailable } from './unavailable.ts';

export type InTransaction = <Result>(work: (db: Database) => Promise<Result>) => Promise<Result>;

/** Where a transaction is found again after its connection was lost. */
interface Mark {
  readonly id: number;
  /** Of the server's history: after a failover numbers may be given again. */
  readonly timeline: string;
}

/** The commit was sent and not answered. */
class CommitLost extends Error {
  readonly mark: Mark;

  constructor(mark: Mark, cause: unknown) {
    super('the answer to a commit was lost', { cause });
    this.mark = mark;
  }
}

/** serialization_failure, deadlock_detected. */
const WORTH_ANOTHER_TRY = new Set(['40001', '40P01']);
const MOST_TRIES = 5;
/** More would wait for a database that is away. */
const MOST_TRIES_WHEN_GONE = 2;

export function transactionsOn(connections: Connections, limits: DatabaseLimits): InTransaction {
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: transactionPool(connections, limits) }),
  });
  return async (work) => {
    for (let tries = 1; ; tries++) {
      let kept: { readonly result: Awaited<ReturnType<typeof work>> } | undefined;
      try {
        return await db.transaction().execute(async (transaction) => {
          const result = await work(transaction);
          kept = { result };
          return result;
        });
      } catch (error) {
        if (error instanceof CommitLost && kept !== undefined) {
          await confirm(connections, error, limits);
          return kept.result;
        }
        if (!isWorthAnotherTry(error, tries)) throw error;
      }
    }
  };
}

function isWorthAnotherTry(error: unknown, tries: number): boolean {
  if (WORTH_ANOTHER_TRY.has(serverCodeOf(error))) return tries < MOST_TRIES;
  return isGone(error) && tries < MOST_TRIES_WHEN_GONE;
}

function serverCodeOf(error: unknown): string {
  const cause = error instanceof StorageUnavailable ? error.cause : error;
  return cause instanceof pg.DatabaseError ? (cause.code ?? '') : '';
}

/** What Kysely says to begin and end a transaction is said here in our own way; all else goes on as it is. */
const transactionPool = (connections: Connections, limits: DatabaseLimits): PostgresPool => ({
  async connect() {
    const lease = await connections.lease();
    let mark: Mark | undefined;
    const run = async (text: string, values: readonly unknown[]): Promise<StatementResult> => {
      if (text === 'begin') {
        const { rows } = await lease.query(beginning(lease, limits));
        mark = rows[0] as Mark;
        return NOTHING;
      }
      if (text === 'commit' && mark !== undefined) return commit(lease, mark);
      if (text === 'rollback') return rollback(lease);
      return lease.query(text, values);
    };
    return poolClient({ run, release: () => lease.release() });
  },
  end: () => connections.end(),
});

const NOTHING: StatementResult = { command: '', rowCount: 0, rows: [] };

/** One message, so that it costs one round trip. A session of our own has the limits already. */
function beginning({ isDirect }: Lease, limits: DatabaseLimits): string {
  const settings = Object.entries(sessionSettings(limits)).map(
    ([name, value]) => `set local ${name} = ${value}`,
  );
  const mark = `select pg_catalog.txid_current() as id, ${TIMELINE} as timeline`;
  return ['begin', ...(isDirect ? [] : settings), mark].join('; ');
}

const TIMELINE =
  'pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8)';

async function commit(lease: Lease, mark: Mark): Promise<StatementResult> {
  try {
    const result = await lease.query('commit');
    if (result.command !== 'ROLLBACK') return result;
  } catch (error) {
    throw isRefused(error) ? error : new CommitLost(mark, error);
  }
  throw new Error('a statement of the transaction had failed, so its commit kept nothing');
}

/** The server itself says that it did not commit. A session that it ends says nothing about that. */
const isRefused = (error: unknown): boolean => {
  const cause = error instanceof StorageUnavailable ? error.cause : error;
  return cause instanceof pg.DatabaseError && !/^(57P|08|58|XX)/.test(cause.code ?? '');
};

/** A connection that is lost ends its transaction by itself. */
async function rollback(lease: Lease): Promise<StatementResult> {
  if (!lease.isLost()) await lease.query('rollback').catch(() => undefined);
  return NOTHING;
}

const ASK_AGAIN_MILLISECONDS = 200;

/** Resolves when the transaction was committed. */
async function confirm(
  connections: Connections,
  { mark, cause }: CommitLost,
  { querySeconds }: DatabaseLimits,
): Promise<void> {
  const until = elapsedMilliseconds() + querySeconds * 1_000;
  while (elapsedMilliseconds() < until) {
    const status = await connections.read((lease) => statusOf(lease, mark)).catch(() => null);
    if (status === 'committed') return;
    if (status === 'aborted')
      throw new StorageUnavailable('the connection was lost before the commit', { cause });
    if (status === 'lost') break;
    await wait(ASK_AGAIN_MILLISECONDS);
  }
  throw new OutcomeUnknown('whether the transaction was committed is not known', { cause });
}

/** A session that waits for us in vain is ended, which ends its transaction one way or the other. */
async function statusOf(lease: Lease, { id, timeline }: Mark): Promise<string | null> {
  const { rows } = await lease.query(`select txid_status($1) as status, ${TIMELINE} as timeline`, [
    id,
  ]);
  const { status, timeline: now } = rows[0] as { status: string | null; timeline: string };
  if (now !== timeline) return 'lost';
  if (status === 'in progress')
    await lease.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where backend_xid = ($1::bigint & 4294967295)::text::xid`,
      [id],
    );
  return status;
}
