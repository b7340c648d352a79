import type { AccessStore, WhoseAccess } from '../accounts/ports.ts';
import type { Database, Handle } from './engine.ts';
import { revokeGrants } from './grants.ts';
import { isLive } from './lineage.ts';

export function accessStore(handle: Handle): AccessStore {
  return {
    endAll: (userId, now) => handle.write((db) => end(db, { userId, accountId: null }, now)),
    end: (whose, now) => handle.write((db) => end(db, whose, now)),
    living: (whose, now) => living(handle.read, whose, now),
  };
}

/** Services of a person, which act with their rights. */
const servicesOf = (db: Database, { userId, accountId }: WhoseAccess) => {
  const all = db
    .selectFrom('apps')
    .where('apps.owner_id', '=', userId)
    .where('apps.type', '=', 'service')
    .where('apps.deleted_at', 'is', null);
  return accountId === null ? all : all.where('apps.account_id', '=', accountId);
};

async function end(
  db: Database,
  whose: WhoseAccess,
  now: number,
): ReturnType<AccessStore['endAll']> {
  const { userId, accountId } = whose;
  let ending = db
    .updateTable('developer_tokens')
    .set({ revoked_at: now, updated_at: now })
    .where('user_id', '=', userId)
    .where(isLive(now));
  if (accountId !== null) ending = ending.where('account_id', '=', accountId);
  const tokens = await ending.executeTakeFirst();
  let makers = db.selectFrom('developer_tokens').select('id').where('user_id', '=', userId);
  if (accountId !== null) makers = makers.where('account_id', '=', accountId);
  // What a service gets by its secret is what its owner may do; what a token made ends with the token.
  const services = servicesOf(db, whose).select('apps.id');
  await db
    .updateTable('client_secrets')
    .set({ revoked_at: now })
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('app_id', 'in', services), eb('made_by_id', 'in', makers)]))
    .execute();
  const column = { user_id: userId, ...(accountId !== null && { account_id: accountId }) };
  const grants = await revokeGrants(db, column, now);
  return { tokens: Number(tokens.numUpdatedRows), grants };
}

async function living(
  db: Database,
  whose: WhoseAccess,
  now: number,
): ReturnType<AccessStore['living']> {
  const { userId, accountId } = whose;
  let tokens = db.selectFrom('developer_tokens').where('user_id', '=', userId).where(isLive(now));
  let grants = db
    .selectFrom('grants')
    .innerJoin('apps', 'apps.id', 'grants.client_id')
    .where('grants.user_id', '=', userId)
    .where('grants.revoked_at', 'is', null)
    .where('apps.deleted_at', 'is', null);
  if (accountId !== null) {
    tokens = tokens.where('account_id', '=', accountId);
    grants = grants.where('grants.account_id', '=', accountId);
  }
  const services = servicesOf(db, whose)
    .innerJoin('client_secrets', 'client_secrets.app_id', 'apps.id')
    .where('client_secrets.revoked_at', 'is', null)
    .where((eb) =>
      eb.or([eb('client_secrets.ends_at', 'is', null), eb('client_secrets.ends_at', '>', now)]),
    )
    .groupBy(['apps.id', 'apps.name'])
    .select((eb) => [
      'apps.id',
      'apps.name',
      eb.fn.max('client_secrets.last_used_at').as('lastUsedAt'),
    ]);
  const [ofTokens, ofServices, ofGrants] = await Promise.all([
    tokens
      .select(['id', 'description as name', 'last_used_at as lastUsedAt'])
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute(),
    services.orderBy('apps.name').execute(),
    grants
      .select(['grants.id', 'apps.name', 'grants.last_used_at as lastUsedAt'])
      .orderBy('grants.updated_at', 'desc')
      .orderBy('grants.id')
      .execute(),
  ]);
  return { tokens: ofTokens, services: ofServices, grants: ofGrants };
}
