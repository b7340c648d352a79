/**
 * Statements of the hot path. Building and compiling one takes twice as long as running it, so these are compiled
 * once for each connection and from then on only given their values. What they say is written with Kysely as ever.
 */
import {
  sql,
  type CompiledQuery,
  type QueryResult,
  type RawBuilder,
  type Selectable,
} from 'kysely';
import type { Database } from './engine.ts';
import type { Schema } from './schema.ts';

/** Stands in a statement where a value will be. */
class Mark {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** For the builder it is an expression of the value's type: only a compiled statement ever sees the mark. */
type ValueOf<Values> = <Name extends keyof Values & string>(name: Name) => RawBuilder<Values[Name]>;

/** A builder of Kysely. The type of its rows is checked against `execute`, because that of `compile` does not have them. */
interface Statement<Row> {
  compile(): CompiledQuery;
  execute(): Promise<readonly Row[]>;
}

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
export function compiled<Values extends object, Row = unknown>(
  build: (db: Database, value: ValueOf<Values>) => Statement<Row> | RawBuilder<Row>,
): Run<Values, Row> {
  const compile = (db: Database) => {
    const built = build(db, (name) => sql`${new Mark(name)}`);
    const statement = 'isRawBuilder' in built ? built.compile(db) : built.compile();
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
    return db.executeQuery<Row>({ ...known.statement, parameters: known.fill(values) });
  };
}

/** Inserts whole rows. The type of a row has every column of the table, so the columns of the first are those of all. */
export function inserting<Table extends keyof Schema>(
  table: Table,
): (db: Database, row: Selectable<Schema[Table]>) => Promise<void> {
  type Row = Selectable<Schema[Table]>;
  let run: Run<Row, unknown> | undefined;
  return async (db, row) => {
    run ??= compiled<Row>((_db, value) => {
      const columns = Object.keys(row) as (keyof Row & string)[];
      const names = sql.join(columns.map((column) => sql.ref(column)));
      const values = sql.join(columns.map((column) => value(column)));
      return sql`insert into ${sql.table(table)} (${names}) values (${values})`;
    });
    await run(db, row);
  };
}

/** Whether a statement that spends something was the one that did. */
export const changedOne = ({ numAffectedRows }: QueryResult<unknown>): boolean =>
  numAffectedRows === 1n;
