import { sql, type Selectable } from 'kysely';
import type { GrantStore, GrantUse } from '../consent/ports.ts';
import type { Grant } from '../consent/types.ts';
import { joinScopes } from '../catalogue/catalogue.ts';
import { GRANT_IDS, noteGrants } from './changed-rows.ts';
import { changedOne, compiled } from './compiled.ts';
import { connectionLists } from './connections.ts';
import { deleteOver } from './delete-over.ts';
import { accessEndedAt, isOfEndedAccess, isOfKeptAccess } from './ended-access.ts';
import { isBefore } from './ended.ts';
import type { Database, Engine, ScopedHandle } from './engine.ts';
import type { OAuthSchema } from './oauth-schema.ts';
import { fromGrant, readAppScopes, toGrant, type GrantRow } from './oauth-rows.ts';
import { writeResources } from './stored-resources.ts';
import { tellingRefusedRows } from './row-refused.ts';

const withApp = (db: Database) =>
  db
    .selectFrom('grants')
    .innerJoin('apps', 'apps.id', 'grants.client_id')
    .selectAll('grants')
    .select(['apps.scopes as app_scopes', 'apps.gained_scopes']);

/** Neither the app nor the person's access ended. */
const ofLiveApp = (db: Database) =>
  withApp(db).where('apps.deleted_at', 'is', null).where(isOfKeptAccess('grants'));

const findGrant = compiled<{ userId: string; clientId: string; accountId: string }, GrantRow>(
  (db, value) =>
    // Also of an app that was deleted a moment ago: the row is there, and another one must not be inserted beside it.
    withApp(db)
      .where('grants.user_id', '=', value('userId'))
      .where('grants.client_id', '=', value('clientId'))
      .where('grants.account_id', '=', value('accountId'))
      .where('grants.revoked_at', 'is', null)
      .where(isOfKeptAccess('grants')),
);
const setScopes = compiled<{
  id: string;
  scopes: string;
  declined: string;
  resources: string | null;
  appRevision: number;
  now: number;
}>((db, value) =>
  db
    .updateTable('grants')
    .set({
      scopes: value('scopes'),
      declined_scopes: value('declined'),
      resources: value('resources'),
      app_revision: value('appRevision'),
      updated_at: value('now'),
    })
    .where('id', '=', value('id'))
    .where('revoked_at', 'is', null),
);
const findAppScopes = compiled<
  { id: string },
  Pick<Selectable<OAuthSchema['apps']>, 'scopes' | 'scope_revision' | 'gained_scopes'>
>((db, value) =>
  db
    .selectFrom('apps')
    .select(['scopes', 'scope_revision', 'gained_scopes'])
    .where('id', '=', value('id'))
    .where('deleted_at', 'is', null),
);

export function grantStore(handle: ScopedHandle, engine: Engine['name']): GrantStore {
  return {
    async find(key) {
      const [row] = (await findGrant(handle.read, key)).rows;
      return row === undefined ? null : toGrant(handle, row);
    },
    async findIn({ userId, clientId, accountIds }) {
      if (accountIds.length === 0) return new Map();
      const rows = await ofLiveApp(handle.read)
        .where('grants.user_id', '=', userId)
        .where('grants.client_id', '=', clientId)
        .where('grants.account_id', 'in', accountIds)
        .where('grants.revoked_at', 'is', null)
        .execute();
      return new Map(rows.map((row) => [row.account_id, toGrant(handle, row)]));
    },
    async byId(id) {
      const row = await withApp(handle.read).where('grants.id', '=', id).executeTakeFirst();
      return row === undefined ? null : toGrant(handle, row);
    },
    insert: (grant) =>
      handle.write(async (db) => {
        await endEarlier(db, grant);
        await db
          .insertInto('grants')
          .values({ ...fromGrant(handle, grant), access_epoch: epochOf(grant.userId) })
          .execute();
      }),
    setScopes: (id, { granted, declined, resources: ids, appRevision }, now) =>
      handle.write(async (db) => {
        const scopes = { scopes: joinScopes(granted), declined: joinScopes(declined) };
        const resources = writeResources(handle, ids);
        return changedOne(await setScopes(db, { id, ...scopes, resources, appRevision, now }));
      }),
    narrow: (id, scopes) =>
      handle.write((db) =>
        narrow(
          db,
          id,
          scopes.flatMap((name) => handle.catalogues.current().formerNames.allOf(name)),
        ),
      ),
    async scopesOfApp(clientId) {
      const [row] = (await findAppScopes(handle.read, { id: clientId })).rows;
      return row === undefined ? null : readAppScopes(handle, row);
    },
    revoke: (id, now) =>
      handle.write(async (db) => {
        // That of a deleted app is over, and ends in its turn.
        const live = await ofLiveApp(db).where('grants.id', '=', id).executeTakeFirst();
        if (live === undefined || (await revokeGrants(db, [id], now)) !== 1) return false;
        noteGrants(db, [live]);
        return true;
      }),
    ...connectionLists(handle),
    recordUse: (uses) => tellingRefusedRows(handle.write((db) => recordUse(db, engine, uses))),
    purgeUse: (beforeDay) =>
      deleteOver(handle, {
        table: 'grant_uses',
        key: ['grant_id', 'day'],
        over: [isBefore('day', beforeDay)],
      }),
  };
}

/** The newest end of this person's access, after which the grant is made. */
const epochOf = (userId: string) =>
  sql<number>`(select coalesce(max(epoch), 0) from access_ends where user_id = ${userId})`;

/** A grant that is over since the person's access ended gives way to the new one, and does not wait for its turn. */
async function endEarlier(
  db: Database,
  { userId, clientId, accountId }: Pick<Grant, 'userId' | 'clientId' | 'accountId'>,
): Promise<void> {
  const over = await db
    .selectFrom('grants')
    .select(['id', sql<number>`${sql.raw(accessEndedAt('grants'))}`.as('ended_at')])
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .where('account_id', '=', accountId)
    .where('revoked_at', 'is', null)
    .where(isOfEndedAccess('grants'))
    .executeTakeFirst();
  if (over !== undefined) await revokeGrants(db, [over.id], over.ended_at);
}

/**
 * Codes first, then families, then access tokens, as they come of each other: what a request under way makes meanwhile is
 * either waited for and seen by the next statement, or fails because it no longer finds the scopes that it read.
 */
async function narrow(db: Database, grantId: string, gone: readonly string[]): Promise<void> {
  const narrowed = db.selectFrom('grants').select(GRANT_IDS).where('id', '=', grantId);
  noteGrants(db, await narrowed.execute());
  for (let start = 0; start < gone.length; start += MOST_NESTED)
    await narrowSome(db, grantId, gone.slice(start, start + MOST_NESTED));
}

/** SQLite takes expressions of a thousand levels. */
const MOST_NESTED = 100;

async function narrowSome(db: Database, grantId: string, gone: readonly string[]): Promise<void> {
  // Lists are joined by single spaces, and no name is there twice.
  let left = sql`' ' || scopes || ' '`;
  for (const name of gone) left = sql`replace(${left}, ${` ${name} `}, ' ')`;
  const scopes = sql<string>`trim(${left})`;
  await db
    .updateTable('authorization_codes')
    .set({ scopes })
    .where('grant_id', '=', grantId)
    .where('redeemed_at', 'is', null)
    .execute();
  await db.updateTable('token_families').set({ scopes }).where('grant_id', '=', grantId).execute();
  const families = db.selectFrom('token_families').select('id').where('grant_id', '=', grantId);
  await db
    .updateTable('access_tokens')
    .set({ scopes })
    .where('family_id', 'in', families)
    .execute();
}

/** The grants, their unused codes and their token families. Access tokens follow their family by themselves. */
export async function revokeGrants(
  db: Database,
  ids: readonly string[],
  now: number,
): Promise<number> {
  const revoked = await db
    .updateTable('grants')
    .set({ revoked_at: now, updated_at: now })
    .where('id', 'in', ids)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  await db
    .updateTable('authorization_codes')
    .set({ redeemed_at: now })
    .where('grant_id', 'in', ids)
    .where('redeemed_at', 'is', null)
    .execute();
  await db
    .updateTable('token_families')
    .set({ revoked_at: now })
    .where('grant_id', 'in', ids)
    .where('revoked_at', 'is', null)
    .execute();
  return Number(revoked.numUpdatedRows);
}

async function recordUse(
  db: Database,
  engine: Engine['name'],
  uses: readonly GrantUse[],
): Promise<void> {
  // In one order, so that two processes never wait for each other in a circle.
  const sorted = uses.toSorted((left, right) => (left.grantId < right.grantId ? -1 : 1));
  for (const { grantId, day, calls, lastUsedAt } of sorted) {
    let known = db.selectFrom('grants').select('id').where('id', '=', grantId);
    if (engine === 'postgres') known = known.forUpdate();
    if ((await known.executeTakeFirst()) === undefined) continue;
    await db
      .updateTable('grants')
      .set({ last_used_at: lastUsedAt })
      .where('id', '=', grantId)
      .where(sql<boolean>`coalesce(last_used_at, 0) < ${lastUsedAt}`)
      .execute();
    await db
      .insertInto('grant_uses')
      .values({ grant_id: grantId, day, calls })
      .onConflict((conflict) =>
        conflict
          .columns(['grant_id', 'day'])
          .doUpdateSet((eb) => ({ calls: eb('grant_uses.calls', '+', calls) })),
      )
      .execute();
  }
}
