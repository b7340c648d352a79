/** Apps that their owners offered to whoever reads an address, and what became of each offer. */
import { sql, type Kysely } from 'kysely';
import type { AppOfferStore } from '../../apps/ports.ts';
import type { Handle } from '../engine.ts';
import { madeAt } from '../made-at.ts';
import { createIndexes, createTable } from '../migrations/table.ts';
import { newRow, toCamel } from '../rows.ts';
import { shortLived } from './table.ts';

export interface AppOfferRow {
  id: string;
  app_id: string;
  from_id: string;
  email: string;
  created_at: number;
  expires_at: number;
  closed_at: number | null;
}

export const appOffers = shortLived({
  table: 'app_offers',
  name: 'offers',
  migrations: () => ({
    '0017-app-offers': {
      async up(db: Kysely<unknown>) {
        await createTable(db, 'app_offers', {
          key: ['id'],
          columns: {
            id: 'text',
            app_id: 'text',
            from_id: 'text',
            email: 'text',
            created_at: 'bigint',
            expires_at: 'bigint',
            'closed_at?': 'bigint',
          },
          references: { app_id: 'apps', from_id: 'users' },
        });
        await createIndexes(db, [
          ['app_offers_app', 'app_offers', ['app_id'], false],
          ['app_offers_from', 'app_offers', ['from_id', 'created_at'], false],
          ['app_offers_email', 'app_offers', ['email'], false],
          ['app_offers_expiry', 'app_offers', ['expires_at'], false],
        ]);
      },
    },
  }),
  personalData: {
    key: ['id'],
    // To an address that the person has not proved, it is perhaps somebody else's.
    belongs: ({ id, email }) =>
      sql`(from_id = ${id} or (email = ${email} and exists
        (select 1 from users where users.id = ${id} and email_verified_at is not null)))`,
    exported: {
      section: 'app_offers',
      order: ['id'],
      columns: ['id', 'app_id', 'from_id', 'email', 'created_at', 'expires_at', 'closed_at'],
    },
    erasure: { kind: 'delete' },
  },
  store: appOfferStore,
});

function appOfferStore(handle: Handle): AppOfferStore {
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
  };
}
