import { sql } from 'kysely';
import type { Database } from './engine.ts';
import { toSnake } from './rows.ts';
import type { Schema } from './schema.ts';

/**
 * Inserts a record of a user, or nothing when there is no such user: one statement either way, so that what is done for a
 * known address and for an unknown one is the same. Answers whether the user is there.
 */
export async function insertOfUser(
  db: Database,
  table: keyof Schema,
  { userId, record, epochAs }: { userId: string; record: object; epochAs?: string },
): Promise<boolean> {
  const row = Object.entries(toSnake(record));
  const columns = row.map(([name]) => sql.ref(name));
  const cells = row.map(([, value]) => sql`${value}`);
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
