/** The protocol's own state: clients as it reads them, codes, families and access tokens. */
import { sql, type Selectable } from 'kysely';
import type { Clock } from '../kit/clock.ts';
import type {
  AccessTokenStore,
  ClientStore,
  CodeStore,
  FamilyStore,
  Repeat,
  Rotation,
} from '../oauth/ports.ts';
import { ACCESS_TOKEN_IDS, FAMILY_IDS, noteAccessTokens, noteFamilies } from './changed-rows.ts';
import { changedOne, compiled, inserting } from './compiled.ts';
import { deleteOver } from './delete-over.ts';
import { isBefore } from './ended.ts';
import type { Engine, ScopedHandle } from './engine.ts';
import type { OAuthSchema } from './oauth-schema.ts';
import type { ClientSecret } from '../oauth/vocabulary.ts';
import {
  fromAccessToken,
  fromCode,
  fromFamily,
  toAccessToken,
  toClient,
  toCode,
  toFamily,
  type ClientRow,
} from './oauth-rows.ts';
import { standingOf, toStanding } from './standing.ts';
import { storedScopes } from './stored-scopes.ts';

const findClient = compiled<{ id: string }, ClientRow>((db, value) =>
  db
    .selectFrom('apps')
    .leftJoin('users', 'users.id', 'apps.owner_id')
    .leftJoin('memberships', (join) =>
      join
        .onRef('memberships.account_id', '=', 'apps.account_id')
        .onRef('memberships.user_id', '=', 'apps.owner_id'),
    )
    .where('apps.id', '=', value('id'))
    .where('apps.deleted_at', 'is', null)
    .selectAll('apps')
    .select(['users.suspended_at as owner_suspended_at', 'memberships.role as owner_role']),
);
const findSecrets = compiled<{ appId: string; now: number }, ClientSecret>((db, value) =>
  db
    .selectFrom('client_secrets')
    .select(['id', 'secret_hash as hash'])
    .where('app_id', '=', value('appId'))
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', value('now'))])),
);

export function clientStore({ read, ...names }: ScopedHandle, clock: Clock): ClientStore {
  return {
    async byId(id) {
      const [row] = (await findClient(read, { id })).rows;
      if (row === undefined) return null;
      const secrets = await findSecrets(read, { appId: id, now: clock() });
      return { client: toClient(names, row), secrets: secrets.rows };
    },
  };
}

const standingOfCode = standingOf('authorization_codes');
const insertCode = inserting('authorization_codes');
const redeemCode = compiled<{ id: string; scopes: string; familyId: string; now: number }>(
  (db, value) =>
    db
      .updateTable('authorization_codes')
      .set({ redeemed_at: value('now'), family_id: value('familyId') })
      .where('id', '=', value('id'))
      .where('scopes', '=', value('scopes'))
      .where('redeemed_at', 'is', null)
      .where('expires_at', '>', value('now')),
);

/** SQLite takes no offset without a limit. */
const MOST_DROPPED = 1000;

const dropCodesBeyond = compiled<{ grantId: string; count: number }>((db, value) => {
  const beyond = db
    .selectFrom('authorization_codes')
    .select('id')
    .where('grant_id', '=', value('grantId'))
    .orderBy(sql`case when redeemed_at is null then 0 else 1 end`)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(MOST_DROPPED)
    .offset(value('count'));
  return db.deleteFrom('authorization_codes').where('id', 'in', beyond);
});

export function codeStore(handle: ScopedHandle): CodeStore {
  return {
    insert: (code) =>
      handle.write(async (db) => {
        await insertCode(db, fromCode(handle, code));
      }),
    async standing(id) {
      const [row] = (await standingOfCode(handle.read, { id })).rows;
      if (row === undefined) return null;
      return { code: toCode(handle, row), ...toStanding(handle, row) };
    },
    redeem: ({ id, scopes }, familyId, now) =>
      handle.write(async (db) => {
        const asked = { table: 'authorization_codes', id, scopes } as const;
        const stored = await storedScopes(db, handle, asked);
        return changedOne(await redeemCode(db, { id, scopes: stored, familyId, now }));
      }),
    burn: (id, now) =>
      handle.write(async (db) => {
        const result = await db
          .updateTable('authorization_codes')
          .set({ redeemed_at: now })
          .where('id', '=', id)
          .where('redeemed_at', 'is', null)
          .where('expires_at', '>', now)
          .executeTakeFirst();
        return result.numUpdatedRows === 1n;
      }),
    withdraw: (id) =>
      handle.write(async (db) => {
        const row = await db
          .deleteFrom('authorization_codes')
          .where('id', '=', id)
          .where('redeemed_at', 'is', null)
          .returningAll()
          .executeTakeFirst();
        return row === undefined ? null : toCode(handle, row);
      }),
    keepNewest: (grantId, count) =>
      handle.write(async (db) => {
        await dropCodesBeyond(db, { grantId, count });
      }),
    purge: (before) =>
      deleteOver(handle, {
        table: 'authorization_codes',
        key: ['id'],
        over: [isBefore('expires_at', before)],
      }),
  };
}

const standingOfFamily = standingOf('token_families');
const insertFamily = inserting('token_families');
const rotateFamily = compiled<
  Omit<Rotation, 'scopes' | 'marks'> &
    Rotation['marks'] & { id: string; scopes: string; now: number }
>((db, value) =>
  db
    .updateTable('token_families')
    .set({
      refresh_hash: value('to'),
      previous_hash: value('from'),
      rotation_salt: value('salt'),
      rotated_network: value('network'),
      rotated_agent: value('agent'),
      rotated_generation: value('generation'),
      repeats: 0,
      repeats_elsewhere: 0,
      access_token_id: value('accessTokenId'),
      generation: value('generation'),
      rotated_at: value('now'),
      refresh_expires_at: value('refreshExpiresAt'),
    })
    .where('id', '=', value('id'))
    .where('refresh_hash', '=', value('from'))
    .where('scopes', '=', value('scopes'))
    .where('revoked_at', 'is', null),
);

const countRepeat = compiled<Omit<Repeat, 'isElsewhere'> & { id: string; elsewhere: number }>(
  (db, value) =>
    db
      .updateTable('token_families')
      .set((eb) => ({
        repeats: eb('repeats', '+', 1),
        repeats_elsewhere: eb('repeats_elsewhere', '+', value('elsewhere')),
      }))
      .where('id', '=', value('id'))
      .where('generation', '=', value('generation'))
      .where('rotated_generation', '=', value('generation'))
      .where('previous_hash', '=', value('presented'))
      .where('repeats', '<', value('mostRepeats'))
      .where((eb) =>
        eb(eb('repeats_elsewhere', '+', value('elsewhere')), '<=', value('mostElsewhere')),
      )
      .where('revoked_at', 'is', null),
);

const endRetries = compiled<{ familyId: string; generation: number }>((db, value) =>
  db
    .updateTable('token_families')
    .set({ previous_hash: null, rotation_salt: null })
    .where('id', '=', value('familyId'))
    .where('generation', '=', value('generation'))
    .where('previous_hash', 'is not', null),
);

const familiesBeyondFor = (engine: Engine['name']) =>
  compiled<{ grantId: string; count: number; now: number }, { id: string }>((db, value) => {
    const hasEnded = sql`case when revoked_at is null and coalesce(refresh_expires_at, ends_at) > ${value('now')} then 0 else 1 end`;
    const beyond = db
      .selectFrom('token_families')
      .select('id')
      .where('grant_id', '=', value('grantId'))
      .orderBy(hasEnded)
      .orderBy('rotated_at', 'desc')
      .orderBy('id')
      .limit(MOST_DROPPED)
      .offset(value('count'));
    // Nobody may refresh one of them between the two deletions.
    return engine === 'postgres' ? beyond.forUpdate() : beyond;
  });
const familiesBeyond = {
  sqlite: familiesBeyondFor('sqlite'),
  postgres: familiesBeyondFor('postgres'),
};

export function familyStore(handle: ScopedHandle, engine: Engine['name']): FamilyStore {
  return {
    insert: (family) =>
      handle.write(async (db) => {
        await insertFamily(db, fromFamily(handle, family));
      }),
    async standing(id) {
      const [row] = (await standingOfFamily(handle.read, { id })).rows;
      if (row === undefined) return null;
      return { family: toFamily(handle, row), ...toStanding(handle, row) };
    },
    rotate: (id, { marks, ...rotation }, now) =>
      handle.write(async (db) => {
        const asked = { table: 'token_families', id, scopes: rotation.scopes } as const;
        const scopes = await storedScopes(db, handle, asked);
        return changedOne(await rotateFamily(db, { ...rotation, ...marks, scopes, id, now }));
      }),
    countRepeat: (id, { isElsewhere, ...repeat }) =>
      handle.write(async (db) =>
        changedOne(await countRepeat(db, { ...repeat, id, elsewhere: Number(isElsewhere) })),
      ),
    endRetries: (used) =>
      handle.write(async (db) => {
        // In one order, so that two processes never wait for each other in a circle.
        const sorted = used.toSorted((left, right) => (left.familyId < right.familyId ? -1 : 1));
        for (const { familyId, generation } of sorted)
          await endRetries(db, { familyId, generation });
      }),
    revoke: (id, now) =>
      handle.write(async (db) => {
        const revoked = await db
          .updateTable('token_families')
          .set({ revoked_at: now })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .returning(FAMILY_IDS)
          .execute();
        return noteFamilies(db, revoked) === 1;
      }),
    keepNewest: (grantId, count, now) =>
      handle.write(async (db) => {
        const beyond = await familiesBeyond[engine](db, { grantId, count, now });
        const ids = beyond.rows.map(({ id }) => id);
        if (ids.length === 0) return;
        await db.deleteFrom('access_tokens').where('family_id', 'in', ids).execute();
        await db.deleteFrom('token_families').where('id', 'in', ids).execute();
      }),
    purge: (before) =>
      deleteOver(handle, {
        table: 'token_families',
        key: ['id'],
        over: ['ends_at', 'refresh_expires_at', 'revoked_at'].map((column) =>
          isBefore(column, before),
        ),
        step: FAMILIES_A_STEP,
        dependents: (db, ids) =>
          db.deleteFrom('access_tokens').where('family_id', 'in', ids).execute(),
      }),
  };
}

const insertAccessToken = inserting('access_tokens');
const findAccessToken = compiled<{ id: string }, Selectable<OAuthSchema['access_tokens']>>(
  (db, value) => db.selectFrom('access_tokens').selectAll().where('id', '=', value('id')),
);
const dropAccessTokens = compiled<{ familyId: string; generation: number }>((db, value) =>
  db
    .deleteFrom('access_tokens')
    .where('family_id', '=', value('familyId'))
    .where('generation', '<=', value('generation')),
);

const dropOwnBeyond = compiled<{ clientId: string; count: number }>((db, value) => {
  const beyond = db
    .selectFrom('access_tokens')
    .select('id')
    .where('client_id', '=', value('clientId'))
    .where('family_id', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(MOST_DROPPED)
    .offset(value('count'));
  return db.deleteFrom('access_tokens').where('id', 'in', beyond);
});

/** Each takes the access tokens of its newest generations along. */
const FAMILIES_A_STEP = 50;

export function accessTokenStore(handle: ScopedHandle): AccessTokenStore {
  return {
    insert: (token) =>
      handle.write(async (db) => {
        await insertAccessToken(db, fromAccessToken(handle, token));
      }),
    async byId(id) {
      const [row] = (await findAccessToken(handle.read, { id })).rows;
      return row === undefined ? null : toAccessToken(handle, row);
    },
    revoke: (id, now) =>
      handle.write(async (db) => {
        const revoked = await db
          .updateTable('access_tokens')
          .set({ revoked_at: now })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .returning(ACCESS_TOKEN_IDS)
          .execute();
        return noteAccessTokens(db, revoked) === 1;
      }),
    dropUpTo: (familyId, generation) =>
      handle.write(async (db) => {
        await dropAccessTokens(db, { familyId, generation });
      }),
    keepNewestOwn: (clientId, count) =>
      handle.write(async (db) => {
        await dropOwnBeyond(db, { clientId, count });
      }),
    purge: (before) =>
      deleteOver(handle, {
        table: 'access_tokens',
        key: ['id'],
        over: [isBefore('expires_at', before)],
      }),
  };
}
