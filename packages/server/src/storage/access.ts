import type { AccessStore } from '../accounts/ports.ts';
import type { Handle } from './engine.ts';
import { revokeGrants } from './grants.ts';

export function accessStore(handle: Handle): AccessStore {
  return {
    endAll: (userId, now) =>
      handle.write(async (db) => {
        const tokens = await db
          .updateTable('developer_tokens')
          .set({ revoked_at: now, updated_at: now })
          .where('user_id', '=', userId)
          .where('revoked_at', 'is', null)
          .where('exposed_at', 'is', null)
          .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
          .executeTakeFirst();
        const grants = await revokeGrants(db, { user_id: userId }, now);
        return { tokens: Number(tokens.numUpdatedRows), grants };
      }),
  };
}
