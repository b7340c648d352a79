/** What was answered, or used, once on the way to an app: consent pages, silent answers by form_post, re-authentications. */
import type { Kysely } from 'kysely';
import type { InteractionStore } from '../../oauth/ports.ts';
import type { Handle } from '../engine.ts';
import { createIndexes, createTable } from '../migrations/table.ts';
import { newRow, toCamel } from '../rows.ts';
import { shortLived } from './table.ts';

export interface InteractionRow {
  id_hash: Uint8Array;
  outcome: 'allow' | 'deny' | 'used';
  code_id: string | null;
  closed_at: number;
  expires_at: number;
}

export const interactions = shortLived({
  table: 'interactions',
  name: 'interactions',
  migrations: ({ bytes }) => ({
    '0007-interactions': {
      async up(db: Kysely<unknown>) {
        await createTable(db, 'interactions', {
          key: ['id_hash'],
          columns: {
            id_hash: bytes,
            outcome: 'text',
            'code_id?': 'text',
            closed_at: 'bigint',
            expires_at: 'bigint',
          },
        });
        await createIndexes(db, [['interactions_expiry', 'interactions', ['expires_at'], false]]);
      },
    },
  }),
  personalData: {
    key: ['id_hash'],
    belongs: null,
    exported: { notExported: 'the hash of a page that was answered, and no row says by whom' },
    erasure: { kind: 'keep', because: 'names nobody, and is deleted within two hours' },
  },
  store: interactionStore,
});

function interactionStore(handle: Handle): InteractionStore {
  return {
    close: (closed) =>
      handle.write(async (db) => {
        const row = newRow('interactions', closed);
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
      return row === undefined ? null : toCamel(row);
    },
    setCode: (idHash, codeId) =>
      handle.write(async (db) => {
        await db
          .updateTable('interactions')
          .set({ code_id: codeId })
          .where('id_hash', '=', idHash)
          .execute();
      }),
  };
}
