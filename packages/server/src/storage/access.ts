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
        const services = db
          .selectFrom('apps')
          .select('id')
          .where('owner_id', '=', userId)
          .where('type', '=', 'service');
        // What a service gets by its secret is what its owner may do; what a token made ends with the token.
        await db
          .updateTable('client_secrets')
          .set({ revoked_at: now })
          .where('revoked_at', 'is', null)
          .where((eb) =>
            eb.or([
              eb('app_id', 'in', services),
              eb(
                'made_by_id',
                'in',
                eb.selectFrom('developer_tokens').select('id').where('user_id', '=', userId),
              ),
            ]),
          )
          .execute();
        const grants = await revokeGrants(db, { user_id: userId }, now);
        return { tokens: Number(tokens.numUpdatedRows), grants };
      }),
  };
}
