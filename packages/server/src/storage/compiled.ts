/**
 * Statements of the hot path. Building and compiling one takes twice as long as running it, so these are compiled
 * once for each connection and from then on only given their values. What they say is written with Kysely as ever.
 */
import type { Compilable, CompiledQuery, QueryResult, Selectable } from 'kysely';
import type { Database } from './engine.ts';
import type { Schema } from './schema.ts';

/** Stands in a statement where a value will be. */
class Mark {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** For the builder it is the value itself: only a compiled statement ever sees the mark. */
type ValueOf<Values> = <Name extends keyof Values & string>(name: Name) => Values[Name];

type Run<Values, Row> = (db: Database, values: Values) => Promise<QueryResult<Row>>;

type RunNow = (statement: CompiledQuery) => QueryResult<unknown>;

const runners = new WeakMap<object, RunNow>();

/**
 * For a database that answers at once and has one connection, on which nothing stays open between two statements: there
 * is no connection to wait for, and waiting all the same would cost as much as the statement.
 */
export const runAtOnce = (db: Database, run: RunNow): void =>
  void runners.set(db.getExecutor().adapter, run);

/** `build` is called once for each engine and must not look at the values. */
export function compiled<Values extends object, Row = never>(
  build: (db: Database, value: ValueOf<Values>) => Pick<Compilable<Row>, 'compile'>,
): Run<Values, Row> {
  const statements = new WeakMap<object, CompiledQuery<Row>>();
  const mark: ValueOf<Values> = (name) => new Mark(name) as never;
  return async (db, values) => {
    const { adapter } = db.getExecutor();
    let statement = statements.get(adapter);
    if (statement === undefined) {
      statement = build(db, mark).compile();
      statements.set(adapter, statement);
    }
    const parameters = statement.parameters.map((parameter) =>
      parameter instanceof Mark ? values[parameter.name as keyof Values] : parameter,
    );
    const filled: CompiledQuery<Row> = { ...statement, parameters };
    const run = runners.get(adapter);
    // The rows are those of the statement, whoever runs it.
    return run === undefined ? db.executeQuery(filled) : (run(filled) as QueryResult<Row>);
  };
}

/** Inserts whole rows: the columns of the first are those of all. */
export function inserting<Table extends keyof Schema>(
  table: Table,
): (db: Database, row: Selectable<Schema[Table]>) => Promise<void> {
  let run: Run<object, never> | undefined;
  return async (db, row) => {
    run ??= compiled<object>((database, value) => {
      const marks = Object.keys(row).map((name) => [name, value(name as never)]);
      return database.insertInto(table).values(Object.fromEntries(marks) as never);
    });
    await run(db, row);
  };
}

/** Whether a statement that spends something was the one that did. */
export const changedOne = ({ numAffectedRows }: QueryResult<unknown>): boolean =>
  numAffectedRows === 1n;
