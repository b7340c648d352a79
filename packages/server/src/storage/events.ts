import { sql, type RawBuilder } from 'kysely';
import type { EventFilter, EventLog } from '../audit/event.ts';
import { offsetOf, type PageRequest } from '../kit/page.ts';
import { deleteOver } from './delete-over.ts';
import { isBefore } from './ended.ts';
import type { Database, Handle } from './engine.ts';
import { insertOfUser } from './insert-of-user.ts';
import { countOf, keysOf, pageWith, readInOrder, type Keys } from './lists.ts';
import { fromEvent, toEvent } from './rows.ts';

export function eventLog(handle: Handle): EventLog {
  const { read } = handle;
  return {
    append: (event) =>
      handle.write(async (db) => {
        await db.insertInto('events').values(fromEvent(event)).execute();
      }),
    appendOfUser: (event) =>
      handle.write((db) =>
        insertOfUser(db, 'events', { userId: event.userId, row: fromEvent(event) }),
      ),
    purge: (before) =>
      deleteOver(handle, {
        table: 'events',
        key: ['id'],
        over: [isBefore('created_at', before)],
      }),
    async list(filter, page) {
      const listed = { table: 'events', order: ['id'], where: [conditionOf(filter)] } as const;
      const keys = await keysOf(read, listed, page);
      const [rows, total] = await Promise.all([
        readInOrder(keys.positions, (ids) =>
          read.selectFrom('events').selectAll().where('id', 'in', ids).execute(),
        ),
        totalOf(read, filter, { keys, page }),
      ]);
      return pageWith(rows.map(toEvent), total, keys);
    },
  };
}

function conditionOf({ userId, accountId, resourceId }: EventFilter): RawBuilder<boolean> {
  const named = { user_id: userId, account_id: accountId, resource_id: resourceId };
  const conditions = Object.entries(named).flatMap(([column, value]) =>
    value === undefined ? [] : [sql`${sql.ref(column)} = ${value}`],
  );
  return conditions.length === 0 ? sql`1 = 1` : sql`${sql.join(conditions, sql` and `)}`;
}

async function totalOf(
  db: Database,
  { userId, accountId, resourceId }: EventFilter,
  { keys, page }: { keys: Keys; page: PageRequest },
): Promise<number> {
  if (accountId === undefined || resourceId !== undefined)
    return offsetOf(page) + keys.positions.length + (keys.next === null ? 0 : 1);
  return userId === undefined
    ? countOf(db, 'account_events', accountId)
    : countOf(db, 'user_events', `${userId} ${accountId}`);
}
