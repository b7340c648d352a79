/** Where a browser was going that signs up or recovers first, when that is too long for a cookie. */
import type { Kysely } from 'kysely';
import type { ReturnStore } from '../../identity/ports.ts';
import type { Handle } from '../engine.ts';
import { createIndexes, createTable } from '../migrations/table.ts';
import { shortLived } from './table.ts';

export interface ReturnRow {
  handle_hash: Uint8Array;
  path: string;
  expires_at: number;
}

export const returns = shortLived({
  table: 'returns',
  name: 'returns',
  migrations: ({ bytes }) => ({
    '0004-returns': {
      async up(db: Kysely<unknown>) {
        await createTable(db, 'returns', {
          key: ['handle_hash'],
          columns: { handle_hash: bytes, path: 'text', expires_at: 'bigint' },
        });
        await createIndexes(db, [['returns_expiry', 'returns', ['expires_at'], false]]);
      },
    },
  }),
  personalData: {
    key: ['handle_hash'],
    belongs: null,
    exported: { notExported: 'belongs to a browser, and no row says whose it is' },
    erasure: { kind: 'keep', because: 'names nobody, and is deleted after a day' },
  },
  store: returnStore,
});

function returnStore(handle: Handle): ReturnStore {
  return {
    keep: ({ handleHash, path, expiresAt }, most) =>
      handle.write(async (db) => {
        await db
          .insertInto('returns')
          .values({ handle_hash: handleHash, path, expires_at: expiresAt })
          .execute();
        const surplus = db
          .selectFrom('returns')
          .select('handle_hash')
          .orderBy('expires_at', 'desc')
          .limit(MOST_DELETED)
          .offset(most);
        await db.deleteFrom('returns').where('handle_hash', 'in', surplus).execute();
      }),
    async find(handleHash, now) {
      const row = await handle.read
        .selectFrom('returns')
        .select('path')
        .where('handle_hash', '=', handleHash)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      return row?.path ?? null;
    },
    take: (handleHash, now) =>
      handle.write(async (db) => {
        const row = await db
          .deleteFrom('returns')
          .where('handle_hash', '=', handleHash)
          .where('expires_at', '>', now)
          .returning('path')
          .executeTakeFirst();
        return row?.path ?? null;
      }),
  };
}

/** SQLite takes no offset without a limit. */
const MOST_DELETED = 1000;
