/**
 * One server for one SQLite file. The lock is the operating system's, on a small database beside the file: it ends with its
 * process, however that ends, and holds between containers that share the directory. Commands do not take it.
 */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeDataDirectory } from '../kit/data-directory.ts';
import { assertSafe, makeDatabaseFile } from './database-file.ts';
import { isSqliteBusy, sqliteFailure } from './unavailable.ts';

const lockFile = (dataDirectory: string): string => join(dataDirectory, 'serving.lock');

/** An object that nobody holds is collected, and its lock with it. */
const held = new Set<DatabaseSync>();

/** Another server uses the file. */
export class AlreadyServed extends Error {
  constructor(dataDirectory: string, holder: string) {
    super(
      `${dataDirectory} is used by another server, ${holder}; SQLite serves one process: stop it, or give both PostgreSQL with GATEHOUSE_DATABASE_URL`,
    );
    this.name = 'AlreadyServed';
  }
}

/** Answers what gives it up. Throws `AlreadyServed`. */
export function lockForServing(dataDirectory: string): () => void {
  makeDataDirectory(dataDirectory);
  assertSafe(dataDirectory);
  const file = lockFile(dataDirectory);
  makeDatabaseFile(file);
  const database = new DatabaseSync(file);
  try {
    database.exec('pragma busy_timeout = 0');
    noteHolder(database);
    database.exec('begin immediate');
    held.add(database);
    return () => {
      held.delete(database);
      database.close();
    };
  } catch (error) {
    const holder = holderIn(database);
    database.close();
    if (isSqliteBusy(error)) throw new AlreadyServed(dataDirectory, holder);
    throw error;
  }
}

/** The server that uses the directory; `null`: none does. Changes nothing. */
export function serverOf(dataDirectory: string): string | null {
  const file = lockFile(dataDirectory);
  if (!existsSync(file)) return null;
  const database = new DatabaseSync(file);
  try {
    database.exec('pragma busy_timeout = 0; begin immediate; rollback');
    return null;
  } catch (error) {
    if (isSqliteBusy(error)) return holderIn(database);
    throw sqliteFailure(error);
  } finally {
    database.close();
  }
}

function noteHolder(database: DatabaseSync): void {
  database.exec('begin immediate');
  try {
    database.exec('create table if not exists holder (name text not null); delete from holder');
    database
      .prepare('insert into holder values (?)')
      .run(`process ${process.pid} on ${hostname()}`);
    database.exec('commit');
  } catch (error) {
    // The lock counts; on a full disk nobody can be told whose it is.
    database.exec('rollback');
    if (isSqliteBusy(error)) throw error;
  }
}

function holderIn(database: DatabaseSync): string {
  try {
    const row = database.prepare('select name from holder').get();
    return String(row?.['name'] ?? 'which has just started');
  } catch {
    return 'whose name cannot be read';
  }
}
