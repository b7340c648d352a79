/** Which kept forms have been sent, so that each is carried out once. */
import { URGENT } from '../../kit/urgency.ts';
import type { SentFormStore } from '../../identity/ports.ts';
import type { Handle } from '../engine.ts';
import { shortLived } from './table.ts';

export interface SentFormRow {
  id: string;
  expires_at: number;
}

export const sentForms = shortLived({
  table: 'sent_forms',
  name: 'sentForms',
  // Made by `0011-step-up`, together with columns of sessions.
  migrations: () => ({}),
  personalData: {
    key: ['id'],
    belongs: null,
    exported: { notExported: 'the id of a form that was sent, and no row says by whom' },
    erasure: { kind: 'keep', because: 'names nobody, and is deleted within a day' },
  },
  store: sentFormStore,
});

/** Urgent: a form that ends access may be among them, sent after its sender gave the password. */
function sentFormStore(handle: Handle): SentFormStore {
  return {
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
  };
}
