/** What was answered, or used, once on the way to an app. */
import type { InteractionStore } from '../oauth/ports.ts';
import { deleteOver } from './delete-over.ts';
import { isUntil } from './ended.ts';
import type { Handle } from './engine.ts';
import { fromInteraction, toInteraction } from './oauth-rows.ts';

export const interactionStore = (handle: Handle): InteractionStore => ({
  close: (closed) =>
    handle.write(async (db) => {
      const row = fromInteraction(closed);
      const result = await db
        .insertInto('interactions')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .column('id_hash')
            .doUpdateSet(row)
            // A row that the purge has not reached yet counts as absent.
            .where('interactions.expires_at', '<=', closed.closedAt),
        )
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    }),
  async find(idHash, now) {
    const row = await handle.read
      .selectFrom('interactions')
      .selectAll()
      .where('id_hash', '=', idHash)
      .where('expires_at', '>', now)
      .executeTakeFirst();
    return row === undefined ? null : toInteraction(row);
  },
  setCode: (idHash, codeId) =>
    handle.write(async (db) => {
      await db
        .updateTable('interactions')
        .set({ code_id: codeId })
        .where('id_hash', '=', idHash)
        .execute();
    }),
  purge: (now) =>
    deleteOver(handle, {
      table: 'interactions',
      key: ['id_hash'],
      over: [isUntil('expires_at', now)],
    }),
});
