import { sql } from 'kysely';
import type { MadeSince } from '../limits/day-limit.ts';
import type { Handle } from './engine.ts';

interface MadeBy extends MadeSince {
  readonly table: 'apps' | 'client_secrets' | 'app_offers' | 'developer_tokens';
  /** The column that names who made a row; there is an index of it and `created_at`. */
  readonly column: 'owner_id' | 'from_id' | 'user_id';
  readonly id: string;
}

/** As `MadeSince` says, by an index. */
export async function madeAt({ read }: Handle, asked: MadeBy): Promise<number | null> {
  const row = await read
    .selectFrom(asked.table)
    .select('created_at')
    .where(sql<string>`${sql.ref(asked.column)}`, '=', asked.id)
    .where('created_at', '>', asked.since)
    .where('created_at', '<=', asked.until)
    .orderBy('created_at', 'desc')
    .limit(1)
    .offset(asked.place - 1)
    .executeTakeFirst();
  return row?.created_at ?? null;
}
