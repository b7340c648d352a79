/**
 * What an older version that runs beside this one leaves out, because it does not know of it. Each statement finds its rows
 * by an index, changes nothing where nothing is missing, and may run at any time and in several processes.
 */
import { sql } from 'kysely';
import type { Database } from './engine.ts';

export const REPAIRS: readonly ((db: Database) => Promise<unknown>)[] = [
  // 0005: a secret belongs to the day of whoever owned its app.
  (db) =>
    sql`update client_secrets set owner_id = (select owner_id from apps where apps.id = client_secrets.app_id)
      where owner_id = ''`.execute(db),
];
