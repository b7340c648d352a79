/** Very many events of one person, put straight into the table. */
import { sql } from 'kysely';
import type { Engine } from '../../src/storage/engine.ts';
import { newOrderedId } from '../../src/kit/ids.ts';

export interface ManyEvents {
  /** Whom they are about; `null`: acts of the person on the installation. */
  readonly userId: string | null;
  readonly actorId?: string;
  readonly address: string;
  /** In the details of each, with its number: no two are alike. */
  readonly text: string;
  readonly count: number;
}

const AT_ONCE = 1000;

export async function fillWithEvents(
  database: Engine,
  { userId, actorId, address, text, count }: ManyEvents,
): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    const rows = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, index) => {
      const details = JSON.stringify({
        description: `${text} ${done + index}`,
        count: done + index,
      });
      return sql`(${newOrderedId()}, ${userId}, ${actorId ?? userId}, 'user_token_updated', ${details},
        'portal', 'web', ${address}, 1790000000)`;
    });
    await database.write((db) =>
      sql`insert into events (id, user_id, actor_id, type, details, source, client, address, created_at)
        values ${sql.join(rows)}`.execute(db),
    );
  }
}
