/** Looks at the work of a store statement by statement: what is asked, how many rows change, and whether an index is used. */
import assert from 'node:assert/strict';
import {
  sql,
  type CompiledQuery,
  type KyselyPlugin,
  type OperationNode,
  type RootOperationNode,
} from 'kysely';
import { createCatalogues, NO_CATALOGUE } from '../../src/catalogue/catalogues.ts';
import { collectChanges } from '../../src/storage/access-changes.ts';
import type { Database, Engine, ScopedHandle } from '../../src/storage/engine.ts';

export interface Seen {
  readonly statements: CompiledQuery[];
  /** Rows of each table that were deleted or written in each transaction. */
  steps: number[];
}

export const nothingSeen = (): Seen => ({ statements: [], steps: [] });

/** What would be appended is not what is counted here. */
const withoutAppending = async <Result>(
  db: Database,
  work: (db: Database) => Promise<Result>,
): Promise<Result> => (await collectChanges(db, work)).result;

/** Notes every statement, and how many rows each transaction changed. */
export function spyOn(engine: Engine, seen: Seen): ScopedHandle {
  const nodes = new WeakMap<object, true>();
  const spy: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      nodes.set(queryId, true);
      const kind: OperationNode['kind'] = node.kind;
      assert.ok(kind !== undefined);
      const copy: RootOperationNode = node;
      seen.statements.push(engine.read.getExecutor().compileQuery(copy, queryId));
      return node;
    },
    async transformResult({ result }) {
      const last = seen.steps.length - 1;
      if (last >= 0)
        seen.steps[last] = (seen.steps[last] ?? 0) + Number(result.numAffectedRows ?? 0);
      return result;
    },
  };
  return {
    catalogues: createCatalogues(NO_CATALOGUE),
    read: engine.read.withPlugin(spy),
    write: <Result>(work: (db: Database) => Promise<Result>) =>
      engine.write((db) => {
        seen.steps.push(0);
        return withoutAppending(db.withPlugin(spy), work);
      }),
  };
}

/** What the database says it would read in full. */
export async function scansOf(engine: Engine, { sql: text, parameters }: CompiledQuery) {
  return engine.migrations.connection().execute(async (connection) => {
    // Small tables are read in full whatever indexes there are.
    if (engine.name === 'postgres') await sql`set enable_seqscan = off`.execute(connection);
    const explain = engine.name === 'sqlite' ? 'explain query plan' : 'explain';
    const { rows } = await connection.executeQuery<Record<string, unknown>>({
      ...sql`x`.compile(connection),
      sql: `${explain} ${text}`,
      parameters,
    });
    const lines = rows.map((row) => String(row['detail'] ?? row['QUERY PLAN']));
    return lines.filter((line) =>
      /^SCAN (?!CONSTANT ROW|.*USING (COVERING )?INDEX)|Seq Scan|TEMP B-TREE FOR ORDER BY/.test(
        line,
      ),
    );
  });
}
