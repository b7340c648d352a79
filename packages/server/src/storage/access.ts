/**
 * Everything by which programs act for a person, as one. Tokens and services are as few as `tokens.most_per_user` and
 * `apps.most_per_user` allow, and end with the act; connected apps may be any number.
 */
import { sql, type RawBuilder } from 'kysely';
import type { AccessStore, LivingList, LivingThing, WhoseAccess } from '../identity/ports.ts';
import { noteMembership, noteUser } from './changed-rows.ts';
import { countConnections } from './connections.ts';
import { endGrantsOf, endMarkedGrants, liveGrantsOf } from './ending-access.ts';
import type { Database, Handle } from './engine.ts';
import { isLive } from './lineage.ts';

export function accessStore(handle: Handle): AccessStore {
  return {
    endAll: (userId, now) => handle.write((db) => end(db, { userId, accountId: null }, now)),
    end: (whose, now) => handle.write((db) => end(db, whose, now)),
    endRest: (now, onDropped) => endMarkedGrants(handle, now, onDropped),
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

const liveTokensOf = (db: Database, { userId, accountId }: WhoseAccess, now: number) => {
  const all = db.selectFrom('developer_tokens').where('user_id', '=', userId).where(isLive(now));
  return accountId === null ? all : all.where('account_id', '=', accountId);
};

async function end(
  db: Database,
  whose: WhoseAccess,
  now: number,
): ReturnType<AccessStore['endAll']> {
  const tokens = await db
    .updateTable('developer_tokens')
    .set({ revoked_at: now, updated_at: now })
    .where('id', 'in', liveTokensOf(db, whose, now).select('id'))
    .executeTakeFirst();
  await endSecrets(db, whose, now);
  const grants = await endGrantsOf(db, whose, now);
  const { userId, accountId } = whose;
  if (accountId === null) noteUser(db, userId);
  else noteMembership(db, { userId, accountId });
  return { tokens: Number(tokens.numUpdatedRows), grants };
}

/**
 * What a service gets by its secret is what its owner may do; what a token made ends with the token. A token makes secrets
 * for apps of its person alone; an older version wrote no owner.
 */
async function endSecrets(db: Database, whose: WhoseAccess, now: number): Promise<void> {
  const { userId, accountId } = whose;
  const inAccount = accountId === null ? sql`` : sql`and t.account_id = ${accountId}`;
  const isMade = sql<boolean>`exists (select 1 from developer_tokens t
    where t.id = client_secrets.made_by_id and t.user_id = ${userId} ${inAccount})`;
  await db
    .updateTable('client_secrets')
    .set({ revoked_at: now })
    .where('revoked_at', 'is', null)
    .where('owner_id', 'in', [userId, ''])
    .where(isMade)
    .execute();
  await db
    .updateTable('client_secrets')
    .set({ revoked_at: now })
    .where('revoked_at', 'is', null)
    .where('app_id', 'in', servicesOf(db, whose).select('apps.id'))
    .execute();
}

/** As many are shown to whoever decides about them. */
const MOST_LISTED = 50;

async function living(
  db: Database,
  whose: WhoseAccess,
  now: number,
): ReturnType<AccessStore['living']> {
  const [tokens, services, grants] = await Promise.all([
    livingTokens(db, whose, now),
    livingServices(db, whose, now),
    livingGrants(db, whose),
  ]);
  return { tokens, services, grants };
}

const listOf = (all: readonly LivingThing[]): LivingList => ({
  total: all.length,
  first: all.slice(0, MOST_LISTED),
});

async function livingTokens(db: Database, whose: WhoseAccess, now: number): Promise<LivingList> {
  const rows = await liveTokensOf(db, whose, now)
    .select(['id', 'description as name', 'last_used_at as lastUsedAt', 'created_at'])
    .execute();
  const newest = rows.toSorted((left, right) => right.created_at - left.created_at);
  return listOf(newest.map(({ id, name, lastUsedAt }) => ({ id, name, lastUsedAt })));
}

async function livingServices(db: Database, whose: WhoseAccess, now: number): Promise<LivingList> {
  const rows = await servicesOf(db, whose)
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
    ])
    .execute();
  return listOf(rows.toSorted((left, right) => (left.name < right.name ? -1 : 1)));
}

async function livingGrants(db: Database, whose: WhoseAccess): Promise<LivingList> {
  const isLiving: RawBuilder<boolean> = liveGrantsOf(whose);
  const newest = db
    .selectFrom('grants')
    .select('id')
    .where(isLiving)
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(MOST_LISTED);
  const [ids, total] = await Promise.all([newest.execute(), countConnections(db, whose)]);
  if (ids.length === 0) return { total: 0, first: [] };
  const rows = await db
    .selectFrom('grants')
    .innerJoin('apps', 'apps.id', 'grants.client_id')
    .where(
      'grants.id',
      'in',
      ids.map(({ id }) => id),
    )
    .select(['grants.id', 'apps.name', 'grants.last_used_at as lastUsedAt'])
    .execute();
  const found = new Map(rows.map((row) => [row.id, row]));
  return { total, first: ids.flatMap(({ id }) => found.get(id) ?? []) };
}
