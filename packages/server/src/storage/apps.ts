import type { AppGrants, AppSecretStore, AppStore } from '../apps/ports.ts';
import type { Clock } from '../kit/clock.ts';
import { appLists, appUsers } from './app-lists.ts';
import { noteClient, noteSecrets, SECRET_IDS } from './changed-rows.ts';
import type { Database, Engine, Handle, ScopedHandle } from './engine.ts';
import { madeAt } from './made-at.ts';
import { tellingRefusedRows } from './row-refused.ts';
import { appReader, fromApp, fromAppChanges } from './oauth-rows.ts';
import { endFirstGrants, endGrantsOfDeleted } from './ending-grants.ts';
import { newRow, toCamel } from './rows.ts';

export function appStore(handle: ScopedHandle, engine: Engine['name']): AppStore {
  const toApp = appReader(handle);
  return {
    insert: (app) =>
      handle.write(async (db) => {
        const result = await db
          .insertInto('apps')
          .values(fromApp(app))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        return result.numInsertedOrUpdatedRows === 1n;
      }),
    async byId(id) {
      const row = await handle.read
        .selectFrom('apps')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? null : toApp(row);
    },
    async byIds(ids) {
      if (ids.length === 0) return new Map();
      const rows = await handle.read
        .selectFrom('apps')
        .selectAll()
        .where('id', 'in', ids)
        .execute();
      return new Map(rows.map((row) => [row.id, toApp(row)]));
    },
    async byCreationKey(ownerId, creationKey) {
      const row = await handle.read
        .selectFrom('apps')
        .selectAll()
        .where('owner_id', ownerId === null ? 'is' : '=', ownerId)
        .where('creation_key', '=', creationKey)
        .executeTakeFirst();
      return row === undefined ? null : toApp(row);
    },
    async lock(id) {
      // SQLite has one writer at a time anyway.
      if (engine === 'sqlite') return;
      await handle.read.selectFrom('apps').select('id').where('id', '=', id).forUpdate().execute();
    },
    ...appLists(handle),
    madeAt: (id, asked) => madeAt(handle, { table: 'apps', column: 'owner_id', id, ...asked }),
    transfer: (id, { fromId, ...to }, now) =>
      handle.write(async (db) => {
        const result = await db
          .updateTable('apps')
          .set({ ...fromAppChanges(to), updated_at: now })
          .where('id', '=', id)
          .where('owner_id', fromId === null ? 'is' : '=', fromId)
          .where('deleted_at', 'is', null)
          .executeTakeFirst();
        const isChanged = result.numUpdatedRows === 1n;
        if (isChanged) noteClient(db, id);
        return isChanged;
      }),
    update: (id, changes, now) =>
      handle.write(async (db) => {
        const result = await db
          .updateTable('apps')
          .set({ ...fromAppChanges(changes), updated_at: now })
          .where('id', '=', id)
          .where('deleted_at', 'is', null)
          .executeTakeFirst();
        const isChanged = result.numUpdatedRows === 1n;
        if (isChanged) noteClient(db, id);
        return isChanged;
      }),
  };
}

export function appSecretStore(handle: Handle, clock: Clock): AppSecretStore {
  return {
    insert: (secret) =>
      handle.write(async (db) => {
        const made = await db
          .insertInto('client_secrets')
          .values(newRow('client_secrets', secret))
          .onConflict((conflict) => conflict.columns(['app_id', 'creation_key']).doNothing())
          .returning(SECRET_IDS)
          .execute();
        return noteSecrets(db, made) === 1;
      }),
    async ofApp(appId) {
      const rows = await handle.read
        .selectFrom('client_secrets')
        .selectAll()
        .where('app_id', '=', appId)
        .where('revoked_at', 'is', null)
        .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', clock())]))
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(toCamel);
    },
    async byCreationKey(appId, creationKey) {
      const row = await handle.read
        .selectFrom('client_secrets')
        .selectAll()
        .where('app_id', '=', appId)
        .where('creation_key', '=', creationKey)
        .executeTakeFirst();
      return row === undefined ? null : toCamel(row);
    },
    madeAt: (id, asked) =>
      madeAt(handle, { table: 'client_secrets', column: 'owner_id', id, ...asked }),
    async isMakerLive(tokenId, now) {
      const row = await handle.read
        .selectFrom('developer_tokens')
        .select('id')
        .where('id', '=', tokenId)
        .where('revoked_at', 'is', null)
        .where('exposed_at', 'is', null)
        .where('disabled_at', 'is', null)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
        .executeTakeFirst();
      return row !== undefined;
    },
    revoke: (appId, id, now) =>
      handle.write(async (db) => {
        const ended = await db
          .updateTable('client_secrets')
          .set({ revoked_at: now })
          .where('id', '=', id)
          .where('app_id', '=', appId)
          .where('revoked_at', 'is', null)
          .returning(SECRET_IDS)
          .execute();
        return noteSecrets(db, ended) === 1;
      }),
    endAt: (appId, { at, now }) =>
      handle.write(async (db) => {
        const ending = await db
          .updateTable('client_secrets')
          .set((eb) => ({
            made_by_id: null,
            ends_at: eb.case().when('ends_at', '<', at).then(eb.ref('ends_at')).else(at).end(),
            transferred_at: eb.fn.coalesce('transferred_at', eb.val(now)),
          }))
          .where('app_id', '=', appId)
          .where('revoked_at', 'is', null)
          .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', now)]))
          .returning(SECRET_IDS)
          .execute();
        noteSecrets(db, ending);
      }),
    setEnd: (appId, id, endsAt) =>
      handle.write(async (db) => {
        const ending = await db
          .updateTable('client_secrets')
          .set({ ends_at: endsAt })
          .where('id', '=', id)
          .where('app_id', '=', appId)
          .where('ends_at', 'is not', null)
          .where('revoked_at', 'is', null)
          .returning(SECRET_IDS)
          .execute();
        noteSecrets(db, ending);
      }),
    revokeAll: (appId, now) =>
      handle.write(async (db) => {
        const ended = await db
          .updateTable('client_secrets')
          .set({ revoked_at: now })
          .where('app_id', '=', appId)
          .where('revoked_at', 'is', null)
          .returning(SECRET_IDS)
          .execute();
        noteSecrets(db, ended);
      }),
    recordUse: (uses) =>
      tellingRefusedRows(
        handle.write(async (db) => {
          // In one order, so that two processes never wait for each other in a circle.
          for (const { id, at } of uses.toSorted((left, right) => (left.id < right.id ? -1 : 1))) {
            await db
              .updateTable('client_secrets')
              .set({ last_used_at: at })
              .where('id', '=', id)
              .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', at)]))
              .execute();
          }
        }),
      ),
  };
}

export function appGrants(handle: Handle): AppGrants {
  return {
    endOfApp: (appId, at) => handle.write((db) => endFirstGrants(db, { appId, at })),
    endOfDeleted: (now, onDropped) => endGrantsOfDeleted(handle, now, onDropped),
    revokeOwnTokens: (appId, secretId, now) =>
      handle.write(async (db) => {
        let own = db
          .updateTable('access_tokens')
          .set({ revoked_at: now })
          .where('client_id', '=', appId)
          .where('family_id', 'is', null)
          .where('revoked_at', 'is', null);
        if (secretId === null) noteClient(db, appId);
        else {
          own = own.where('secret_id', '=', secretId);
          noteSecrets(db, [{ id: secretId, app_id: appId }]);
        }
        await own.execute();
      }),
    endCodes: (appId, isOver, now) => handle.write((db) => endCodes(db, { appId, isOver, now })),
    ...appUsers(handle),
  };
}

interface EndingCodes {
  readonly appId: string;
  readonly isOver: Parameters<AppGrants['endCodes']>[1];
  readonly now: number;
}

/** A statement takes so many values. */
const MOST_AT_ONCE = 500;

/** Codes live for a minute, and the index on their expiry finds those that still do. */
async function endCodes(db: Database, { appId, isOver, now }: EndingCodes): Promise<void> {
  const rows = await db
    .selectFrom('authorization_codes')
    .select(['id', 'redirect_uri', 'code_challenge'])
    .where('expires_at', '>', now)
    .where('client_id', '=', appId)
    .where('redeemed_at', 'is', null)
    .execute();
  const over = rows
    .filter((row) => isOver({ redirectUri: row.redirect_uri, codeChallenge: row.code_challenge }))
    .map(({ id }) => id);
  for (let start = 0; start < over.length; start += MOST_AT_ONCE) {
    await db
      .updateTable('authorization_codes')
      .set({ redeemed_at: now })
      .where('id', 'in', over.slice(start, start + MOST_AT_ONCE))
      .where('redeemed_at', 'is', null)
      .execute();
  }
}
