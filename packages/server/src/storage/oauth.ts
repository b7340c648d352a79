/** The protocol's own state: clients as it reads them, codes, families and access tokens. */
import { sql, type Selectable } from 'kysely';
import type {
  AccessTokenStore,
  ClientStore,
  CodeStore,
  FamilyStore,
  Rotation,
  Standing,
} from '../oauth/ports.ts';
import { changedOne, compiled, inserting } from './compiled.ts';
import type { Engine, Handle } from './engine.ts';
import type { OAuthSchema } from './oauth-schema.ts';
import {
  fromAccessToken,
  fromCode,
  fromFamily,
  toAccessToken,
  toClient,
  toCode,
  toFamily,
} from './oauth-rows.ts';

export function clientStore(handle: Handle): ClientStore {
  return {
    async byId(id) {
      const row = await handle.read
        .selectFrom('apps')
        .innerJoin('users', 'users.id', 'apps.owner_id')
        .where('apps.id', '=', id)
        .where('apps.deleted_at', 'is', null)
        .selectAll('apps')
        .select('users.suspended_at as owner_suspended_at')
        .executeTakeFirst();
      if (row === undefined) return null;
      const secrets = await handle.read
        .selectFrom('client_secrets')
        .select(['id', 'secret_hash as hash'])
        .where('app_id', '=', id)
        .where('revoked_at', 'is', null)
        .execute();
      // Rows of SQLite have no prototype.
      return { client: toClient(row), secrets: secrets.map((secret) => ({ ...secret })) };
    },
  };
}

interface StandingRow {
  readonly grant_revoked_at: number | null;
  readonly user_suspended_at: number | null;
  readonly role: string | null;
}

const toStanding = (row: StandingRow): Standing => ({
  grantRevokedAt: row.grant_revoked_at,
  userSuspendedAt: row.user_suspended_at,
  role: row.role,
});

type Item = 'authorization_codes' | 'token_families';

/** A code or family together with its grant, user and membership. Names of columns are those of the table's row type. */
const standingOf = <Table extends Item>(table: Table) =>
  compiled<{ id: string }, Selectable<OAuthSchema[Table]> & StandingRow>((db, value) => {
    const statement = sql<Selectable<OAuthSchema[Table]> & StandingRow>`
    select item.*, grants.revoked_at as grant_revoked_at, users.suspended_at as user_suspended_at, memberships.role
    from ${sql.table(table)} as item
    join grants on grants.id = item.grant_id
    join users on users.id = item.user_id
    left join memberships on memberships.user_id = item.user_id and memberships.account_id = item.account_id
    where item.id = ${value('id')}`;
    return { compile: () => statement.compile(db) };
  });

const standingOfCode = standingOf('authorization_codes');
const insertCode = inserting('authorization_codes');
const redeemCode = compiled<{ id: string; familyId: string | null; now: number }>((db, value) =>
  db
    .updateTable('authorization_codes')
    .set({ redeemed_at: value('now'), family_id: value('familyId') })
    .where('id', '=', value('id'))
    .where('redeemed_at', 'is', null)
    .where('expires_at', '>', value('now')),
);

export function codeStore(handle: Handle): CodeStore {
  return {
    insert: (code) =>
      handle.write(async (db) => {
        await insertCode(db, fromCode(code));
      }),
    async standing(id) {
      const [row] = (await standingOfCode(handle.read, { id })).rows;
      if (row === undefined) return null;
      const { grant_revoked_at, user_suspended_at, role, ...code } = row;
      return { code: toCode(code), ...toStanding({ grant_revoked_at, user_suspended_at, role }) };
    },
    redeem: (id, familyId, now) =>
      handle.write(async (db) => changedOne(await redeemCode(db, { id, familyId, now }))),
    keepNewest: (grantId, count) =>
      handle.write(async (db) => {
        const beyond = db
          .selectFrom('authorization_codes')
          .select('id')
          .where('grant_id', '=', grantId)
          .orderBy(sql`case when redeemed_at is null then 0 else 1 end`)
          .orderBy('created_at', 'desc')
          .orderBy('id')
          .limit(MOST_DROPPED)
          .offset(count);
        await db.deleteFrom('authorization_codes').where('id', 'in', beyond).execute();
      }),
    purge: (expiredBefore) =>
      handle.write(async (db) => {
        const result = await db
          .deleteFrom('authorization_codes')
          .where('expires_at', '<', expiredBefore)
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

/** SQLite takes no offset without a limit. */
const MOST_DROPPED = 1000;

const standingOfFamily = standingOf('token_families');
const insertFamily = inserting('token_families');
const rotateFamily = compiled<Rotation & { id: string; now: number }>((db, value) =>
  db
    .updateTable('token_families')
    .set({
      refresh_hash: value('to'),
      previous_hash: value('from'),
      rotation_salt: value('salt'),
      access_token_id: value('accessTokenId'),
      generation: value('generation'),
      rotated_at: value('now'),
      refresh_expires_at: value('refreshExpiresAt'),
    })
    .where('id', '=', value('id'))
    .where('refresh_hash', '=', value('from'))
    .where('revoked_at', 'is', null),
);

export function familyStore(handle: Handle, engine: Engine['name']): FamilyStore {
  return {
    insert: (family) =>
      handle.write(async (db) => {
        await insertFamily(db, fromFamily(family));
      }),
    async standing(id) {
      const [row] = (await standingOfFamily(handle.read, { id })).rows;
      if (row === undefined) return null;
      const { grant_revoked_at, user_suspended_at, role, ...family } = row;
      return {
        family: toFamily(family),
        ...toStanding({ grant_revoked_at, user_suspended_at, role }),
      };
    },
    rotate: (id, rotation, now) =>
      handle.write(async (db) => changedOne(await rotateFamily(db, { ...rotation, id, now }))),
    revoke: (id, now) =>
      handle.write(async (db) => {
        const result = await db
          .updateTable('token_families')
          .set({ revoked_at: now })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        return result.numUpdatedRows === 1n;
      }),
    keepNewest: (grantId, count, now) =>
      handle.write(async (db) => {
        const hasEnded = sql`case when revoked_at is null and coalesce(refresh_expires_at, ends_at) > ${now} then 0 else 1 end`;
        let beyond = db
          .selectFrom('token_families')
          .select('id')
          .where('grant_id', '=', grantId)
          .orderBy(hasEnded)
          .orderBy('rotated_at', 'desc')
          .orderBy('id')
          .limit(MOST_DROPPED)
          .offset(count);
        // Nobody may refresh one of them between the two deletions.
        if (engine === 'postgres') beyond = beyond.forUpdate();
        const ids = (await beyond.execute()).map(({ id }) => id);
        if (ids.length === 0) return;
        await db.deleteFrom('access_tokens').where('family_id', 'in', ids).execute();
        await db.deleteFrom('token_families').where('id', 'in', ids).execute();
      }),
    purge: (endedBefore) =>
      handle.write(async (db) => {
        const over = db
          .selectFrom('token_families')
          .select('id')
          .where((eb) =>
            eb.or([
              eb('ends_at', '<', endedBefore),
              eb('refresh_expires_at', '<', endedBefore),
              eb('revoked_at', '<', endedBefore),
            ]),
          );
        await db.deleteFrom('access_tokens').where('family_id', 'in', over).execute();
        const result = await db
          .deleteFrom('token_families')
          .where('id', 'in', over)
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}

const insertAccessToken = inserting('access_tokens');
const dropAccessTokens = compiled<{ familyId: string; generation: number }>((db, value) =>
  db
    .deleteFrom('access_tokens')
    .where('family_id', '=', value('familyId'))
    .where('generation', '<=', value('generation')),
);

export function accessTokenStore(handle: Handle): AccessTokenStore {
  return {
    insert: (token) =>
      handle.write(async (db) => {
        await insertAccessToken(db, fromAccessToken(token));
      }),
    async byId(id) {
      const row = await handle.read
        .selectFrom('access_tokens')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? null : toAccessToken(row);
    },
    revoke: (id, now) =>
      handle.write(async (db) => {
        const result = await db
          .updateTable('access_tokens')
          .set({ revoked_at: now })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        return result.numUpdatedRows === 1n;
      }),
    dropUpTo: (familyId, generation) =>
      handle.write(async (db) => {
        await dropAccessTokens(db, { familyId, generation });
      }),
    keepNewestOwn: (clientId, count) =>
      handle.write(async (db) => {
        const beyond = db
          .selectFrom('access_tokens')
          .select('id')
          .where('client_id', '=', clientId)
          .where('family_id', 'is', null)
          .orderBy('created_at', 'desc')
          .orderBy('id')
          .limit(MOST_DROPPED)
          .offset(count);
        await db.deleteFrom('access_tokens').where('id', 'in', beyond).execute();
      }),
    purge: (expiredBefore) =>
      handle.write(async (db) => {
        const result = await db
          .deleteFrom('access_tokens')
          .where('expires_at', '<', expiredBefore)
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
  };
}
