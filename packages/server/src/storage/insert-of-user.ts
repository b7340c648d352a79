import { sql } from 'kysely';
import type { Database } from './engine.ts';
import type { NewRow } from './rows.ts';
import type { Schema } from './schema.ts';

interface RowOfUser<Table extends keyof Schema> {
  readonly userId: string;
  readonly row: NewRow<Table>;
  /** The column that gets the user's `proof_epoch`. */
  readonly epochAs?: keyof Schema[Table] & string;
}

/**
 * Inserts a row of a user, or nothing when there is no such user: one statement either way, so that what is done for a
 * known address and for an unknown one is the same. Answers whether the user is there.
 */
export async function insertOfUser<Table extends keyof Schema>(
  db: Database,
  table: Table,
  { userId, row, epochAs }: RowOfUser<Table>,
): Promise<boolean> {
  const given = Object.entries(row);
  const columns = given.map(([name]) => sql.ref(name));
  const cells = given.map(([, value]) => sql`${value}`);
  if (epochAs !== undefined) {
    columns.push(sql.ref(epochAs));
    cells.push(sql.ref('users.proof_epoch'));
  }
  const { numAffectedRows } = await sql`
    insert into ${sql.table(table)} (${sql.join(columns)})
    select ${sql.join(cells)} from users where users.id = ${userId}
  `.execute(db);
  return numAffectedRows === 1n;
}
