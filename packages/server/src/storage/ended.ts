/** What is over and was kept for a while, so that people and logs could look at it: each row goes once nothing needs it. */
import { sql } from 'kysely';
import { deleteOver } from './delete-over.ts';
import type { Handle } from './engine.ts';

/** Each answers how many rows went. */
export interface EndedStore {
  purgeTokens(endedBefore: number): Promise<number>;
  purgeSecrets(endedBefore: number): Promise<number>;
  purgeGrants(endedBefore: number): Promise<number>;
  purgeApps(endedBefore: number): Promise<number>;
}

/** Each token takes up to 90 days of counts along. */
const TOKENS_A_STEP = 20;

/**
 * What a token made ends with it, also through the tokens that replaced it, so it stays while anything that it made is there
 * and while it is a link between two others.
 */
const isUnneededToken = sql<boolean>`not exists (select 1 from developer_tokens made where made.made_by_id = developer_tokens.id
    and made.id <> developer_tokens.id)
  and not exists (select 1 from client_secrets s where s.made_by_id = developer_tokens.id and s.revoked_at is null)
  and (not exists (select 1 from developer_tokens next where next.replaces_id = developer_tokens.id and next.id <> developer_tokens.id)
    or not exists (select 1 from developer_tokens before where before.id = developer_tokens.replaces_id and before.id <> developer_tokens.id))`;

const isUnneededGrant = sql<boolean>`not exists (select 1 from token_families f where f.grant_id = grants.id)
  and not exists (select 1 from authorization_codes c where c.grant_id = grants.id)`;

const isUnneededApp = sql<boolean>`not exists (select 1 from grants g where g.client_id = apps.id)
  and not exists (select 1 from access_tokens t where t.client_id = apps.id)
  and not exists (select 1 from client_secrets s where s.app_id = apps.id)
  and not exists (select 1 from app_offers o where o.app_id = apps.id)`;

export const endedStore = (handle: Handle): EndedStore => ({
  purgeTokens: (before) =>
    deleteOver(handle, {
      table: 'developer_tokens',
      key: ['id'],
      over: ['revoked_at', 'exposed_at', 'expires_at'].map((column) => isBefore(column, before)),
      also: isUnneededToken,
      step: TOKENS_A_STEP,
      async dependents(db, ids) {
        await db.deleteFrom('token_uses').where('token_id', 'in', ids).execute();
        await db.deleteFrom('token_addresses').where('token_id', 'in', ids).execute();
      },
    }),
  purgeSecrets: (before) =>
    deleteOver(handle, {
      table: 'client_secrets',
      key: ['id'],
      over: ['revoked_at', 'ends_at'].map((column) => isBefore(column, before)),
    }),
  purgeGrants: (before) =>
    deleteOver(handle, {
      table: 'grants',
      key: ['id'],
      over: [isBefore('revoked_at', before)],
      also: isUnneededGrant,
      step: TOKENS_A_STEP,
      dependents: (db, ids) => db.deleteFrom('grant_uses').where('grant_id', 'in', ids).execute(),
    }),
  purgeApps: (before) =>
    deleteOver(handle, {
      table: 'apps',
      key: ['id'],
      over: [isBefore('deleted_at', before)],
      also: isUnneededApp,
    }),
});

export const isUntil = (column: string, now: number) => ({
  column,
  isOver: sql<boolean>`${sql.ref(column)} <= ${now}`,
});

export const isBefore = (column: string, before: number) => ({
  column,
  isOver: sql<boolean>`${sql.ref(column)} < ${before}`,
});
