/** Which kept forms have been sent, so that each is carried out once. */
import { URGENT } from '../kit/urgency.ts';
import type { SentFormStore } from '../identity/ports.ts';
import { deleteOver } from './delete-over.ts';
import { isUntil } from './ended.ts';
import type { Handle } from './engine.ts';

/** Urgent: a form that ends access may be among them, sent after its sender gave the password. */
export const sentFormStore = (handle: Handle): SentFormStore => ({
  claim: (id, expiresAt) =>
    handle.write(async (db) => {
      const result = await db
        .insertInto('sent_forms')
        .values({ id, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    }, URGENT),
  release: (id) =>
    handle.write(async (db) => {
      await db.deleteFrom('sent_forms').where('id', '=', id).execute();
    }, URGENT),
  purge: (now) =>
    deleteOver(handle, { table: 'sent_forms', key: ['id'], over: [isUntil('expires_at', now)] }),
});
