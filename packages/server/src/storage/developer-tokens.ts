import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  sql,
  type Expression,
  type ExpressionBuilder,
  type RawBuilder,
  type SqlBool,
  type UpdateObject,
} from 'kysely';
import type { DeveloperTokenStore, IdPage, LifeRule } from '../developer-tokens/ports.ts';
import { days } from '../kit/clock.ts';
import { joinScopes } from '../catalogue/catalogue.ts';
import { noteTokens, TOKEN_IDS } from './changed-rows.ts';
import type { Database, Handle, ScopedHandle } from './engine.ts';
import { isLive, lineageReads, lineageWrites } from './lineage.ts';
import { madeAt } from './made-at.ts';
import { fromToken, tokenReader } from './rows.ts';
import { storedScopes } from './stored-scopes.ts';
import type { Schema } from './schema.ts';
import { tokenLists } from './token-lists.ts';

type Changes = UpdateObject<Schema, 'developer_tokens'>;

type Tokens = ExpressionBuilder<Schema, 'developer_tokens'>;

const updateLive = (db: Database, id: string, now: number) =>
  db.updateTable('developer_tokens').where('id', '=', id).where(isLive(now));

export function developerTokenStore(handle: ScopedHandle): DeveloperTokenStore {
  const change = (id: string, now: number, changes: Changes) =>
    handle.write(async (db) => {
      const update = updateLive(db, id, now).set({ ...changes, updated_at: now });
      return noteTokens(db, await update.returning(TOKEN_IDS).execute()) === 1;
    });

  return {
    ...reads(handle),
    ...tokenLists(handle),
    ...lineageReads(handle),
    insert: (token) =>
      handle.write(async (db) => {
        const result = await db
          .insertInto('developer_tokens')
          .values(fromToken(handle, token))
          .onConflict((conflict) => conflict.columns(['user_id', 'creation_key']).doNothing())
          .executeTakeFirst();
        return result.numInsertedOrUpdatedRows === 1n;
      }),
    setDescription: (id, description, now) =>
      handle.write(async (db) => {
        const renamed = await db
          .updateTable('developer_tokens')
          .set({ description, updated_at: now })
          .where('id', '=', id)
          .returning(TOKEN_IDS)
          .execute();
        // The checker tells it with every answer.
        noteTokens(db, renamed);
      }),
    setScopes: (id, { from, to }, now) =>
      handle.write(async (db) => {
        const stored = { table: 'developer_tokens', id, scopes: from } as const;
        const narrowed = await updateLive(db, id, now)
          .set({ scopes: joinScopes(to), updated_at: now })
          .where('scopes', '=', await storedScopes(db, handle, stored))
          .returning(TOKEN_IDS)
          .execute();
        return noteTokens(db, narrowed) === 1;
      }),
    disable: (id, now) =>
      handle.write(async (db) => {
        const disabled = await updateLive(db, id, now)
          .set({ disabled_at: now, updated_at: now })
          .where('disabled_at', 'is', null)
          .returning(TOKEN_IDS)
          .execute();
        return noteTokens(db, disabled) === 1;
      }),
    enable: (id, now) =>
      handle.write(async (db) => {
        const enabled = await updateLive(db, id, now)
          .set({ disabled_at: null, updated_at: now })
          .where('disabled_at', 'is not', null)
          .returning(TOKEN_IDS)
          .execute();
        return noteTokens(db, enabled) === 1;
      }),
    revoke: (id, now) => change(id, now, { revoked_at: now }),
    expose: (id, now) => change(id, now, { exposed_at: now }),
    ...lineageWrites(handle),
    replace: (id, successor, now) =>
      handle.write(async (db) => {
        const replaced = await updateLive(db, id, now)
          .set((eb) => ({
            replaced_by_id: successor.id,
            updated_at: now,
            expires_at: eb
              .case()
              .when('expires_at', '<', successor.expiresAt)
              .then(eb.ref('expires_at'))
              .else(successor.expiresAt)
              .end(),
          }))
          .where('replaced_by_id', 'is', null)
          .returning(TOKEN_IDS)
          .execute();
        return noteTokens(db, replaced) === 1;
      }),
    ...policyActs(handle),
  };
}

/** What jobs do to many tokens: the ids first, page by page, then a few of them in one transaction. */
function policyActs(
  handle: ScopedHandle,
): Pick<DeveloperTokenStore, 'expiring' | 'takeExpiring' | 'outliving' | 'shortenLives'> {
  const toToken = tokenReader(handle);
  return {
    expiring: (within, now, page) => expiringIds(handle, isExpiring(within, now), page),
    takeExpiring: (within, now, ids) =>
      handle.write(async (db) => {
        if (ids.length === 0) return [];
        const rows = await db
          .updateTable('developer_tokens')
          .set({ expiry_notice_days: within })
          .where('id', 'in', ids)
          .where(isExpiring(within, now))
          .returningAll()
          .execute();
        return rows.map(toToken);
      }),
    outliving: (rule, now, page) => outlivingIds(handle, isOutliving(rule, now), page),
    shortenLives: (rule, now, ids) =>
      handle.write(async (db) => {
        if (ids.length === 0) return [];
        const rows = await db
          .updateTable('developer_tokens')
          .set({ expires_at: allowedEnd(rule), updated_at: now })
          .where('id', 'in', ids)
          .where(isOutliving(rule, now))
          .returningAll()
          .execute();
        noteTokens(db, rows);
        return rows.map(toToken);
      }),
  };
}

type Condition = (eb: Tokens) => Expression<SqlBool>;

/** In the order of their ends, by an index. One whose end was moved meanwhile has its turn in the next run. */
async function expiringIds(
  { read }: Handle,
  condition: Condition,
  { after, limit }: IdPage,
): Promise<readonly string[]> {
  let found = read.selectFrom('developer_tokens').select('id').where(condition);
  if (after !== null)
    found = found.where(
      sql<boolean>`(expires_at, id) > ((select last.expires_at from developer_tokens last where last.id = ${after}), ${after})`,
    );
  const rows = await found.orderBy('expires_at').orderBy('id').limit(limit).execute();
  return rows.map(({ id }) => id);
}

/** Tokens looked at by one statement. */
const AT_ONCE = 1000;

/** No index knows which are too long: they are looked through in steps, between which other work runs. */
async function outlivingIds(
  { read }: Handle,
  condition: Condition,
  { after, limit }: IdPage,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let last = after ?? ''; ;) {
    const rows = await read
      .selectFrom('developer_tokens')
      .select((eb) => ['id', eb.case().when(condition(eb)).then(1).else(0).end().as('is_it')])
      .where('id', '>', last)
      .orderBy('id')
      .limit(AT_ONCE)
      .execute();
    found.push(...rows.filter((row) => row.is_it === 1).map(({ id }) => id));
    const end = rows.at(-1);
    if (end === undefined || rows.length < AT_ONCE || found.length >= limit)
      return found.slice(0, limit);
    last = end.id;
    await nextTurn();
  }
}

/** The later of the two, in words that both engines understand. */
const allowedEnd = ({ longestSeconds, earliestEnd }: LifeRule): RawBuilder<number> =>
  sql`case when created_at + ${longestSeconds} > ${earliestEnd} then created_at + ${longestSeconds} else ${earliestEnd} end`;

const isOutliving =
  (rule: LifeRule, now: number): Condition =>
  (eb) =>
    eb.and([
      eb('revoked_at', 'is', null),
      eb('exposed_at', 'is', null),
      eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]),
      sql<boolean>`(expires_at is null or expires_at > ${allowedEnd(rule)})`,
    ]);

const isExpiring =
  (within: number, now: number): Condition =>
  (eb) =>
    eb.and([
      eb('revoked_at', 'is', null),
      eb('exposed_at', 'is', null),
      eb('replaced_by_id', 'is', null),
      eb('expires_at', '>', now),
      eb('expires_at', '<=', now + days(within)),
      eb.or([eb('expiry_notice_days', 'is', null), eb('expiry_notice_days', '>', within)]),
    ]);

function reads(
  handle: ScopedHandle,
): Pick<DeveloperTokenStore, 'byId' | 'byCreationKey' | 'madeAt'> {
  const toToken = tokenReader(handle);
  return {
    async byId(id) {
      const row = await handle.read
        .selectFrom('developer_tokens')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? null : toToken(row);
    },
    async byCreationKey(userId, creationKey) {
      const row = await handle.read
        .selectFrom('developer_tokens')
        .selectAll()
        .where('user_id', '=', userId)
        .where('creation_key', '=', creationKey)
        .executeTakeFirst();
      return row === undefined ? null : toToken(row);
    },
    madeAt: (id, asked) =>
      madeAt(handle, { table: 'developer_tokens', column: 'user_id', id, ...asked }),
  };
}
