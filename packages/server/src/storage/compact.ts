/**
 * Rewrites a SQLite file without what was deleted, and lets it give space back by itself from then on. Alone with the file:
 * a server that had it open would stand still meanwhile.
 */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isSqliteBusy } from './unavailable.ts';

export type Compacted =
  | { readonly outcome: 'compacted'; readonly bytesBefore: number; readonly bytesAfter: number }
  /** Another process has the file open. */
  | { readonly outcome: 'in-use' };

export function compactSqlite(file: string): Compacted {
  const bytesBefore = statSync(file).size;
  const database = new DatabaseSync(file);
  try {
    // In the write-ahead log every open connection holds a lock of the file, which this asks for alone.
    database.exec('pragma locking_mode = exclusive; begin exclusive; commit');
    database.exec('pragma auto_vacuum = incremental; vacuum');
    database.exec('pragma wal_checkpoint(truncate)');
  } catch (error) {
    if (isSqliteBusy(error)) return { outcome: 'in-use' };
    throw error;
  } finally {
    database.close();
  }
  return { outcome: 'compacted', bytesBefore, bytesAfter: statSync(file).size };
}
