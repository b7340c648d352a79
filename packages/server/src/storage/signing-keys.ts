import type { SigningKeyStore } from '../keys/ports.ts';
import type { Handle } from './engine.ts';
import { newRow, toCamel } from './rows.ts';
import { URGENT } from '../kit/urgency.ts';

export const signingKeyStore = (handle: Handle): SigningKeyStore => ({
  async all() {
    const rows = await handle.read
      .selectFrom('signing_keys')
      .selectAll()
      .orderBy('algorithm')
      .orderBy('sequence', 'desc')
      .execute();
    return rows.map(toCamel);
  },
  insert: (key) =>
    handle.write(async (db) => {
      const result = await db
        .insertInto('signing_keys')
        .values(newRow('signing_keys', key))
        .onConflict((conflict) => conflict.columns(['algorithm', 'sequence']).doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    }),
  activate: (id, activeAt) =>
    handle.write(async (db) => {
      await db
        .updateTable('signing_keys')
        .set({ active_at: activeAt })
        .where('id', '=', id)
        .where('active_at', '>', activeAt)
        .execute();
    }),
  withdraw: (id, now) =>
    handle.write(async (db) => {
      await db
        .updateTable('signing_keys')
        .set({ withdrawn_at: now })
        .where('id', '=', id)
        .where('withdrawn_at', 'is', null)
        .execute();
    }, URGENT),
  reseal: (id, sealedKey) =>
    handle.write(async (db) => {
      await db
        .updateTable('signing_keys')
        .set({ sealed_key: sealedKey })
        .where('id', '=', id)
        .execute();
    }),
  delete: (ids) =>
    handle.write(async (db) => {
      if (ids.length === 0) return;
      await db.deleteFrom('signing_keys').where('id', 'in', ids).execute();
    }),
});
