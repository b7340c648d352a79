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

/** A statement as its database keeps it. */
export type Prepared = (parameters: readonly unknown[]) => QueryResult<unknown>;

const preparers = new WeakMap<object, (text: string) => Prepared>();

/**
 * For a database that answers at once and has one connection, on which nothing stays open between two statements: there
 * is no connection to wait for, and waiting all the same would cost as much as the statement.
 */
export const runAtOnce = (db: Database, prepare: (text: string) => Prepared): void =>
  void preparers.set(db, prepare);

/** `build` is called once for each engine and must not look at the values. */
export function compiled<Values extends object, Row = never>(
  build: (db: Database, value: ValueOf<Values>) => Pick<Compilable<Row>, 'compile'>,
): Run<Values, Row> {
  const mark: ValueOf<Values> = (name) => new Mark(name) as never;
  const compile = (db: Database) => {
    const statement: CompiledQuery<Row> = build(db, mark).compile();
    const { parameters } = statement;
    const fill = (values: Values): readonly unknown[] =>
      parameters.map((parameter) =>
        parameter instanceof Mark ? values[parameter.name as keyof Values] : parameter,
      );
    return { statement, fill };
  };
  const atOnce = new WeakMap<object, (values: Values) => QueryResult<unknown>>();
  const queued = new WeakMap<object, ReturnType<typeof compile>>();

  function prepareAtOnce(db: Database): ((values: Values) => QueryResult<unknown>) | undefined {
    const prepare = preparers.get(db);
    if (prepare === undefined) return undefined;
    const { statement, fill } = compile(db);
    const prepared = prepare(statement.sql);
    const run = (values: Values) => prepared(fill(values));
    atOnce.set(db, run);
    return run;
  }

  return async (db, values) => {
    const run = atOnce.get(db) ?? prepareAtOnce(db);
    // The rows are those of the statement, whoever runs it.
    if (run !== undefined) return run(values) as QueryResult<Row>;
    const { adapter } = db.getExecutor();
    const known = queued.get(adapter) ?? compile(db);
    queued.set(adapter, known);
    return db.executeQuery({ ...known.statement, parameters: known.fill(values) });
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
