/** SQLite through `node:sqlite`: one connection that writes, one that reads what is committed. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Kysely, SqliteDialect, type SqliteDatabase } from 'kysely';
import { makeDataDirectory } from '../kit/data-directory.ts';
import { runAtOnce, type Prepared } from './compiled.ts';
import { assertSafe, databaseFile, makeDatabaseFile } from './database-file.ts';
import type { Database, Engine } from './engine.ts';
import { createRoomKeeper } from './full-disk.ts';
import { GroupCommit, type Transactional } from './group-commit.ts';
import type { Schema } from './schema.ts';
import { migrationDialect } from './sqlite-migrations.ts';
import { isSqliteBusy, sqliteFailure } from './unavailable.ts';

export interface SqliteEngine extends Engine {
  readonly name: 'sqlite';
  /** For the few statements that are prepared once. Sees what is committed. */
  readonly reader: DatabaseSync;
}

const SETTINGS = [
  'pragma journal_mode = wal',
  'pragma synchronous = full',
  'pragma foreign_keys = on',
];

/** Only before the first table is made; for a file that is there, `gatehouse compact` does it. */
const SHRINKS = 'pragma auto_vacuum = incremental';

/** SQLite waits by blocking the whole process, so the writer does not; it is tried again between other work. */
const WRITER_WAITS = 'pragma busy_timeout = 0';
/** Readers of a write-ahead log wait only while another process opens, recovers or closes it. Migrations are tried again. */
const OTHERS_WAIT = 'pragma busy_timeout = 50';

/** `reserveBytes`: room to keep for what ends access; none unless said otherwise. */
export async function openSqlite(dataDirectory: string, reserveBytes = 0): Promise<SqliteEngine> {
  makeDataDirectory(dataDirectory);
  assertSafe(dataDirectory);
  const file = databaseFile(dataDirectory);
  const isNew = makeDatabaseFile(file);
  const writer = await open(file, WRITER_WAITS, isNew ? [SHRINKS] : []);
  const reader = await open(file, OTHERS_WAIT);
  const write = kyselyOn(writer);
  const read = kyselyOn(reader);
  // On a connection of its own, opened only if asked for: it must not meet a group's transaction.
  const migrations = new Kysely<unknown>({
    dialect: migrationDialect(async () => shim(await open(file, OTHERS_WAIT))),
  });
  const group = new GroupCommit(transactional(writer));
  const room = createRoomKeeper({ dataDirectory, reserveBytes }, { group, writer });
  return {
    name: 'sqlite',
    place: null,
    schema: null,
    assertUsable: async () => undefined,
    reader,
    read,
    write: (work, options) => room.write(() => work(write), options),
    faults: room.faults,
    keepRoom: () => room.keepRoom(),
    migrations,
    giveBackSpace: () => giveBack(writer, group),
    close: async () => {
      // Whatever is still queued is written first.
      await group.run(async () => undefined);
      await migrations.destroy();
      reader.close();
      writer.close();
    },
  };
}

/** Pages of 4 KiB a step. */
const PAGES_A_STEP = 128;

/** A file that was made by an older version keeps its free pages and uses them again. */
async function giveBack(writer: DatabaseSync, group: GroupCommit): Promise<void> {
  const value = (name: string): number =>
    Number(writer.prepare(`pragma ${name}`).get()?.[name] ?? 0);
  if (value('auto_vacuum') !== INCREMENTAL) return;
  for (let free = value('freelist_count'); free > 0;) {
    await group.run(async () => writer.exec(`pragma incremental_vacuum(${PAGES_A_STEP})`));
    const left = value('freelist_count');
    if (left >= free) return;
    free = left;
    await nextTurn();
  }
}

const INCREMENTAL = 2;

function kyselyOn(database: DatabaseSync): Database {
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: shim(database) }) });
  runAtOnce(db, (text) => prepare(database, text));
  return db;
}

function prepare(database: DatabaseSync, text: string): Prepared {
  const statement = telling(() => database.prepare(text));
  let names = namesOf(statement);
  if (names.length === 0)
    return (parameters) => {
      const { changes } = telling(() => statement.run(...values(parameters)));
      return { rows: [], numAffectedRows: BigInt(changes) };
    };
  // Lists, because the objects that `node:sqlite` makes share no shape: they take longer to make, and longer to read.
  statement.setReturnArrays(true);
  return (parameters) => {
    const rows = telling(() => statement.all(...values(parameters))).map(cellsOf);
    // Another process may have added a column, and `*` has it from then on.
    if (rows[0] !== undefined && rows[0].length !== names.length) names = namesOf(statement);
    return { rows: rows.map((cells) => rowOf(names, cells)) };
  };
}

type Cells = readonly unknown[];

/** The declared type of a row is that of an object, also when lists are asked for. */
function cellsOf(row: unknown): Cells {
  if (!Array.isArray(row)) throw new TypeError('SQLite answered a row that is no list');
  return row;
}

const namesOf = (statement: StatementSync): readonly string[] =>
  statement.columns().map(({ name }) => name);

function rowOf(names: readonly string[], cells: Cells): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  names.forEach((name, at) => void (row[name] = cells[at]));
  return row;
}

async function open(
  file: string,
  waits: string,
  first: readonly string[] = [],
): Promise<DatabaseSync> {
  const database = new DatabaseSync(file);
  for (const setting of [waits, ...first, ...SETTINGS]) {
    // Another process may be making the file, or turning its write-ahead log on, at this moment.
    await patiently(() => database.exec(setting));
  }
  return database;
}

/** Runs what SQLite may refuse for the moment. */
function telling<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw sqliteFailure(error);
  }
}

function transactional(database: DatabaseSync): Transactional {
  const prepared = (text: string) => {
    const statement = database.prepare(text);
    return (): void => void telling(() => statement.run());
  };
  const [commit, rollback] = [prepared('commit'), prepared('rollback')];
  const begin = database.prepare('begin immediate');
  return {
    async begin() {
      if (database.isTransaction) database.exec('rollback');
      await patiently(() => begin.run());
    },
    isOpen: () => database.isTransaction,
    commit: async () => commit(),
    rollback: async () => rollback(),
    savepoint: prepared('savepoint piece'),
    releaseSavepoint: prepared('release piece'),
    rollbackToSavepoint: () => telling(() => database.exec('rollback to piece; release piece')),
  };
}

const TRY_AGAIN_MILLISECONDS = 20;
const LONGEST_WAIT_MILLISECONDS = 3000;

/** Waits for other processes without holding up this one. */
async function patiently(work: () => unknown): Promise<void> {
  for (let waited = 0; ; waited += TRY_AGAIN_MILLISECONDS) {
    try {
      work();
      return;
    } catch (error) {
      if (!isSqliteBusy(error) || waited >= LONGEST_WAIT_MILLISECONDS) throw sqliteFailure(error);
    }
    await wait(TRY_AGAIN_MILLISECONDS);
  }
}

const MOST_STATEMENTS = 500;

/** Kysely speaks better-sqlite3's dialect; statements are prepared once each. */
function shim(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, ReturnType<typeof statementOf>>();
  return {
    close: () => database.close(),
    prepare(text) {
      let statement = statements.get(text);
      if (statement === undefined) {
        if (statements.size >= MOST_STATEMENTS) statements.clear();
        statement = statementOf(telling(() => database.prepare(text)));
        statements.set(text, statement);
      }
      return statement;
    },
  };
}

/** What the stores give: strings, numbers, null and bytes. */
const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];

function statementOf(statement: StatementSync) {
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]): unknown[] =>
      telling(() => statement.all(...values(parameters))),
    run: (parameters: readonly unknown[]) => telling(() => statement.run(...values(parameters))),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
  };
}
