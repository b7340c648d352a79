/** A connection as Kysely asks for it, on which statements are run by our own rules. */
import type { PostgresCursor, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';

export interface StatementRunner {
  readonly run: (text: string, values: readonly unknown[]) => Promise<StatementResult>;
  readonly release: () => void;
}

export type StatementResult = Pick<pg.QueryResult, 'command' | 'rowCount' | 'rows'>;

export function poolClient({ run, release }: StatementRunner): PostgresPoolClient {
  function query<Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  function query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  function query(statement: unknown, values: readonly unknown[] = []): unknown {
    if (typeof statement !== 'string') throw new TypeError('cursors are not used');
    return run(statement, values);
  }
  return { query, release };
}
