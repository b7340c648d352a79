import type { AppOfferStore } from '../apps/ports.ts';
import { deleteOver } from './delete-over.ts';
import { isUntil } from './ended.ts';
import type { Handle } from './engine.ts';
import { madeAt } from './made-at.ts';
import { newRow, toCamel } from './rows.ts';

export function appOfferStore(handle: Handle): AppOfferStore {
  /** Of apps that are still there and of whoever offered them, who is not suspended. */
  const open = (now: number) =>
    handle.read
      .selectFrom('app_offers')
      .innerJoin('apps', 'apps.id', 'app_offers.app_id')
      .innerJoin('users', 'users.id', 'app_offers.from_id')
      .where('app_offers.closed_at', 'is', null)
      .where('app_offers.expires_at', '>', now)
      .where('apps.deleted_at', 'is', null)
      .whereRef('apps.owner_id', '=', 'app_offers.from_id')
      .where('users.suspended_at', 'is', null)
      .selectAll('app_offers');
  return {
    insert: (offer) =>
      handle.write(async (db) => {
        await db.insertInto('app_offers').values(newRow('app_offers', offer)).execute();
      }),
    async byId(id) {
      const row = await handle.read
        .selectFrom('app_offers')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? null : toCamel(row);
    },
    async openOf(appId, now) {
      const row = await open(now).where('app_offers.app_id', '=', appId).executeTakeFirst();
      return row === undefined ? null : toCamel(row);
    },
    async openTo(email, { now, most }) {
      const rows = await open(now)
        .where('app_offers.email', '=', email)
        .orderBy('app_offers.created_at', 'desc')
        .orderBy('app_offers.id')
        .limit(most)
        .execute();
      return rows.map(toCamel);
    },
    madeAt: (id, asked) => madeAt(handle, { table: 'app_offers', column: 'from_id', id, ...asked }),
    async countTo(email, since) {
      const { total } = await handle.read
        .selectFrom('app_offers')
        .where('email', '=', email)
        .where('created_at', '>', since)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return total;
    },
    close: (id, now) =>
      handle.write(async (db) => {
        const result = await db
          .updateTable('app_offers')
          .set({ closed_at: now })
          .where('id', '=', id)
          .where('closed_at', 'is', null)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return result.numUpdatedRows === 1n;
      }),
    closeAll: (appId, now) =>
      handle.write(async (db) => {
        await db
          .updateTable('app_offers')
          .set({ closed_at: now })
          .where('app_id', '=', appId)
          .where('closed_at', 'is', null)
          .execute();
      }),
    purge: (now) =>
      deleteOver(handle, { table: 'app_offers', key: ['id'], over: [isUntil('expires_at', now)] }),
  };
}
