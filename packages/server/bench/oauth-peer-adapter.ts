/**
 * oidc-provider's storage on SQLite: one table of JSON as in its own example adapters, prepared statements, a write-ahead
 * log and `synchronous = full`. `each` commits every write by itself, as an adapter ordinarily would; `grouped` lends it
 * our own trick: what one turn of the event loop writes shares a commit.
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import { SETTINGS, TurnCommit } from './oauth-turn-commit.ts';

export type Commits = 'each' | 'grouped';

const TABLE = `
create table payloads (
  model text not null, id text not null, payload text not null, grant_id text, uid text, user_code text,
  consumed integer, expires_at integer, primary key (model, id)
) without rowid;
create index payloads_grant on payloads (grant_id) where grant_id is not null;
create index payloads_uid on payloads (uid) where uid is not null;
create index payloads_user_code on payloads (user_code) where user_code is not null;
create index payloads_expiry on payloads (expires_at);`;

const COLUMNS = 'select payload, consumed, expires_at from payloads where model = ? and';

interface Row {
  readonly payload: string;
  readonly consumed: number | null;
  readonly expires_at: number | null;
}

const seconds = (): number => Math.floor(Date.now() / 1000);

export function peerAdapters(file: string, commits: Commits): AdapterFactory {
  const database = new DatabaseSync(file);
  database.exec(SETTINGS);
  database.exec(TABLE);
  const turn = new TurnCommit(database);
  const statements = {
    upsert: database.prepare(
      `insert into payloads values (?, ?, ?, ?, ?, ?, null, ?) on conflict (model, id)
       do update set payload = excluded.payload, expires_at = excluded.expires_at`,
    ),
    consume: database.prepare('update payloads set consumed = ? where model = ? and id = ?'),
    destroy: database.prepare('delete from payloads where model = ? and id = ?'),
    revoke: database.prepare('delete from payloads where model = ? and grant_id = ?'),
    id: database.prepare(`${COLUMNS} id = ?`),
    uid: database.prepare(`${COLUMNS} uid = ?`),
    user_code: database.prepare(`${COLUMNS} user_code = ?`),
  };
  const write = async (
    name: 'upsert' | 'consume' | 'destroy' | 'revoke',
    ...values: SQLInputValue[]
  ): Promise<void> => {
    if (commits === 'grouped') await turn.run(() => statements[name].run(...values));
    else statements[name].run(...values);
  };
  const find = async (
    by: 'id' | 'uid' | 'user_code',
    ...values: SQLInputValue[]
  ): Promise<AdapterPayload | undefined> => {
    const row = statements[by].get(...values) as Row | undefined;
    if (row === undefined || (row.expires_at ?? Infinity) <= seconds()) return undefined;
    // Written by `upsert` below.
    const payload = JSON.parse(row.payload) as AdapterPayload;
    return row.consumed === null ? payload : { ...payload, consumed: row.consumed };
  };
  return (model): Adapter => ({
    upsert: (id, payload, life) => {
      const { grantId = null, uid = null, userCode = null } = payload;
      const expiresAt = life === undefined ? null : seconds() + life;
      const text = JSON.stringify(payload);
      return write('upsert', model, id, text, grantId, uid, userCode, expiresAt);
    },
    find: (id) => find('id', model, id),
    findByUid: (uid) => find('uid', model, uid),
    findByUserCode: (code) => find('user_code', model, code),
    consume: (id) => write('consume', seconds(), model, id),
    destroy: (id) => write('destroy', model, id),
    revokeByGrantId: (grantId) => write('revoke', model, grantId),
  });
}
