import type { EventLog } from '../audit/event.ts';
import { offsetOf } from '../kit/page.ts';
import { deleteOver } from './delete-over.ts';
import { isBefore } from './ended.ts';
import type { Handle } from './engine.ts';
import { insertOfUser } from './insert-of-user.ts';
import { toEvent, toSnake } from './rows.ts';

export function eventLog(handle: Handle): EventLog {
  return {
    append: (event) =>
      handle.write(async (db) => {
        const row = { ...toSnake(event), details: JSON.stringify(event.details) };
        await db
          .insertInto('events')
          .values(row as never)
          .execute();
      }),
    appendOfUser: (event) =>
      handle.write((db) => {
        const record = { ...event, details: JSON.stringify(event.details) };
        return insertOfUser(db, 'events', { userId: event.userId, record });
      }),
    purge: (before) =>
      deleteOver(handle, {
        table: 'events',
        key: ['id'],
        over: [isBefore('created_at', before)],
      }),
    async list(filter, page) {
      let matching = handle.read.selectFrom('events');
      if (filter.userId !== undefined) matching = matching.where('user_id', '=', filter.userId);
      if (filter.accountId !== undefined)
        matching = matching.where('account_id', '=', filter.accountId);
      if (filter.resourceId !== undefined)
        matching = matching.where('resource_id', '=', filter.resourceId);
      const { total } = await matching
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const rows = await matching
        .selectAll()
        .orderBy('id', 'desc')
        .limit(page.pageSize)
        .offset(offsetOf(page))
        .execute();
      return { total, items: rows.map(toEvent) };
    },
  };
}
