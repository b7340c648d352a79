/** SQLite through `node:sqlite`: one connection that writes, one that reads what is committed. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect, type SqliteDatabase } from 'kysely';
import type { Engine } from './engine.ts';
import { GroupCommit, type Transactional } from './group-commit.ts';
import type { Schema } from './schema.ts';

export interface SqliteEngine extends Engine {
  readonly name: 'sqlite';
  /** For the few statements that are prepared once. Sees what is committed. */
  readonly reader: DatabaseSync;
}

const SETTINGS = [
  'pragma journal_mode = wal',
  'pragma synchronous = full',
  'pragma foreign_keys = on',
  'pragma busy_timeout = 5000',
];

export function openSqlite(dataDirectory: string): SqliteEngine {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const file = join(dataDirectory, 'gatehouse.db');
  const isNew = !existsSync(file);
  const writer = open(file);
  if (isNew) chmodSync(file, 0o600);
  const reader = open(file);
  const write = new Kysely<Schema>({ dialect: new SqliteDialect({ database: shim(writer) }) });
  const read = new Kysely<Schema>({ dialect: new SqliteDialect({ database: shim(reader) }) });
  const group = new GroupCommit(transactional(writer));
  return {
    name: 'sqlite',
    reader,
    read,
    write: (work) => group.run(() => work(write)),
    migrations: new Kysely({ dialect: new SqliteDialect({ database: shim(writer) }) }),
    close: async () => {
      // Whatever is still queued is written first.
      await group.run(async () => undefined);
      reader.close();
      writer.close();
    },
  };
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  for (const setting of SETTINGS) database.exec(setting);
  return database;
}

function transactional(database: DatabaseSync): Transactional {
  const run = (statement: string) => async (): Promise<void> => database.exec(statement);
  return {
    begin: run('begin immediate'),
    commit: run('commit'),
    rollback: run('rollback'),
    savepoint: run('savepoint piece'),
    releaseSavepoint: run('release piece'),
    rollbackToSavepoint: run('rollback to piece; release piece'),
  };
}

const MOST_STATEMENTS = 500;

/** Kysely speaks better-sqlite3's dialect; statements are prepared once each. */
function shim(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, ReturnType<typeof statementOf>>();
  return {
    close: () => undefined,
    prepare(text) {
      let statement = statements.get(text);
      if (statement === undefined) {
        if (statements.size >= MOST_STATEMENTS) statements.clear();
        statement = statementOf(database.prepare(text));
        statements.set(text, statement);
      }
      return statement;
    },
  };
}

function statementOf(statement: StatementSync) {
  // Kysely hands over what the stores gave it: strings, numbers, null and bytes.
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]): unknown[] => statement.all(...values(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
  };
}
