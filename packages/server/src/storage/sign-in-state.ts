/** Sessions, e-mailed proofs and known devices: what signing in leaves behind. */
import { sql, type RawBuilder, type Selectable } from 'kysely';
import type { DeviceStore, ProofStore, SessionStore } from '../identity/ports.ts';
import type { Proof, ProofPurpose, Session, User } from '../identity/types.ts';
import { compiled } from './compiled.ts';
import { deleteOver } from './delete-over.ts';
import { isBefore, isUntil } from './ended.ts';
import type { Database, Engine, Handle } from './engine.ts';
import { heldAddress } from './held-address.ts';
import { insertOfUser } from './insert-of-user.ts';
import { newRow, toProof, toSession, toUser } from './rows.ts';
import type { Schema } from './schema.ts';
import { addProof, readAmr, writeAmr } from './session-proofs.ts';

/** The session's columns stand beside those of its user, which have the same names. */
const sessionOfUser = (db: Database, secretHash: RawBuilder<Uint8Array>) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .where('sessions.secret_hash', '=', secretHash)
    .selectAll('users')
    .select([
      'sessions.id as session_id',
      'sessions.user_id as session_user_id',
      'sessions.secret_hash as session_secret_hash',
      'sessions.address as session_address',
      'sessions.agent as session_agent',
      'sessions.created_at as session_created_at',
      'sessions.last_seen_at as session_last_seen_at',
      'sessions.expires_at as session_expires_at',
      'sessions.amr as session_amr',
      'sessions.proved_at as session_proved_at',
      'sessions.proved_by as session_proved_by',
    ]);

type SessionOfUser = Awaited<ReturnType<ReturnType<typeof sessionOfUser>['execute']>>[number];

const findSession = compiled<{ secretHash: Uint8Array }, SessionOfUser>((db, value) =>
  sessionOfUser(db, value('secretHash')),
);

function readSessionOfUser({
  session_id: id,
  session_user_id: userId,
  session_secret_hash: secretHash,
  session_address: address,
  session_agent: agent,
  session_created_at: createdAt,
  session_last_seen_at: lastSeenAt,
  session_expires_at: expiresAt,
  session_amr: amr,
  session_proved_at: proved_at,
  session_proved_by: proved_by,
  ...user
}: SessionOfUser): { session: Session; user: User } {
  const times = { createdAt, lastSeenAt, expiresAt };
  const proved = readAmr({ amr, created_at: createdAt, proved_at, proved_by });
  const session = { id, userId, secretHash, address, agent, ...times, amr: proved };
  return { session, user: toUser(user) };
}

/** More browsers than a person has. Beyond it, those that were used longest ago are signed out, or new again. */
const MOST_OF_ONE = 100;

export function sessionStore(handle: Handle, engine: Engine['name']): SessionStore {
  return {
    insert: (session) =>
      handle.write(async (db) => {
        const { amr, ...rest } = session;
        const row = { ...rest, amr: writeAmr(amr), provedAt: null, provedBy: null };
        await db.insertInto('sessions').values(newRow('sessions', row)).execute();
        const surplus = db
          .selectFrom('sessions')
          .select('id')
          .where('user_id', '=', session.userId)
          .where('id', '!=', session.id)
          .orderBy('last_seen_at', 'desc')
          .orderBy('id')
          .limit(MOST_DELETED)
          .offset(MOST_OF_ONE - 1);
        await db.deleteFrom('sessions').where('id', 'in', surplus).execute();
      }),
    async byHash(secretHash) {
      const [row] = (await findSession(handle.read, { secretHash })).rows;
      return row === undefined ? null : readSessionOfUser(row);
    },
    touch: (id, at) =>
      handle.write(async (db) => {
        await db.updateTable('sessions').set({ last_seen_at: at }).where('id', '=', id).execute();
      }),
    prove: (id, proof) =>
      handle.write(async (db) => {
        const result = await db
          .updateTable('sessions')
          .set(addProof(engine, proof))
          .where('id', '=', id)
          .executeTakeFirst();
        return result.numUpdatedRows > 0n;
      }),
    end: (id, userId) =>
      handle.write(async (db) => {
        const result = await db
          .deleteFrom('sessions')
          .where('id', '=', id)
          .where('user_id', '=', userId)
          .executeTakeFirst();
        return result.numDeletedRows > 0n;
      }),
    endAll: (userId, exceptId) =>
      handle.write(async (db) => {
        const result = await db
          .deleteFrom('sessions')
          .where('user_id', '=', userId)
          .where('id', '!=', exceptId ?? '')
          .executeTakeFirst();
        return Number(result.numDeletedRows);
      }),
    async ofUser(userId) {
      const rows = await handle.read
        .selectFrom('sessions')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('last_seen_at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(toSession);
    },
    purge: (now, idleSince) =>
      deleteOver(handle, {
        table: 'sessions',
        key: ['id'],
        over: [isUntil('expires_at', now), isBefore('last_seen_at', idleSince)],
      }),
  };
}

const UNBOUND: ProofPurpose = 'undo-email-change';

const isAsItWasSent = (): RawBuilder<boolean> =>
  sql`(proofs.purpose = ${UNBOUND} or proofs.epoch = (select users.proof_epoch from users where users.id = proofs.user_id))`;

/** A proof from farther in the future than it lives is of a clock that was wrong. */
const isRunning = (now: number): RawBuilder<boolean> =>
  sql`(expires_at > ${now} and 2 * created_at - expires_at <= ${now})`;

export function proofStore(handle: Handle): ProofStore {
  const live = (purpose: ProofPurpose, now: number) =>
    handle.read
      .selectFrom('proofs')
      .selectAll()
      .where('purpose', '=', purpose)
      .where('used_at', 'is', null)
      .where(isRunning(now))
      .where(isAsItWasSent());
  const first = (row: Selectable<Schema['proofs']> | undefined): Proof | null =>
    row === undefined ? null : toProof(row);
  const voidFrom: ProofStore['voidFrom'] = ({ id, userId, purpose }, now) =>
    handle.write(async (db) => {
      await db
        .updateTable('proofs')
        .set({ used_at: now })
        .where('user_id', '=', userId)
        .where('purpose', '=', purpose)
        .where('id', '>=', id)
        .where('used_at', 'is', null)
        .execute();
    });
  return {
    insert: (proof) =>
      handle.write(async (db) => {
        const row = newRow('proofs', proof);
        await insertOfUser(db, 'proofs', { userId: proof.userId, row, epochAs: 'epoch' });
      }),
    byId: async (id) =>
      first(
        await handle.read.selectFrom('proofs').selectAll().where('id', '=', id).executeTakeFirst(),
      ),
    live: async (id, purpose, now) =>
      first(await live(purpose, now).where('id', '=', id).executeTakeFirst()),
    liveOfBrowser: async (browserHash, purpose, now) =>
      first(await live(purpose, now).where('browser_hash', '=', browserHash).executeTakeFirst()),
    redeem: (id, purpose, now) =>
      handle.write(async (db) =>
        first(
          await db
            .updateTable('proofs')
            .set({ used_at: now })
            .where('id', '=', id)
            .where('purpose', '=', purpose)
            .where('used_at', 'is', null)
            .where(isRunning(now))
            .where(isAsItWasSent())
            .returningAll()
            .executeTakeFirst(),
        ),
      ),
    voidAll: (userId, purpose, now) => voidFrom({ id: '', userId, purpose }, now),
    voidFrom,
    async isHeld(email, userId, now) {
      const row = await heldAddress(handle.read, email, now)
        .select('id')
        .where('user_id', '!=', userId)
        .executeTakeFirst();
      return row !== undefined;
    },
    purge: (before) =>
      deleteOver(handle, {
        table: 'proofs',
        key: ['id'],
        over: [isBefore('expires_at', before)],
      }),
  };
}

export function deviceStore(handle: Handle): DeviceStore {
  return {
    remember: (userId, deviceHash, at) =>
      handle.write(async (db) => {
        const known = await db
          .updateTable('devices')
          .set({ last_seen_at: at })
          .where('user_id', '=', userId)
          .where('device_hash', '=', deviceHash)
          .executeTakeFirst();
        if (known.numUpdatedRows > 0n) return false;
        const result = await db
          .insertInto('devices')
          .values({ user_id: userId, device_hash: deviceHash, first_seen_at: at, last_seen_at: at })
          .onConflict((conflict) => conflict.columns(['user_id', 'device_hash']).doNothing())
          .executeTakeFirst();
        const surplus = db
          .selectFrom('devices')
          .select('device_hash')
          .where('user_id', '=', userId)
          .where('device_hash', '!=', deviceHash)
          .orderBy('last_seen_at', 'desc')
          .orderBy('device_hash')
          .limit(MOST_DELETED)
          .offset(MOST_OF_ONE - 1);
        await db
          .deleteFrom('devices')
          .where('user_id', '=', userId)
          .where('device_hash', 'in', surplus)
          .execute();
        return result.numInsertedOrUpdatedRows === 1n;
      }),
    async isKnown(userId, deviceHash) {
      const row = await handle.read
        .selectFrom('devices')
        .select('user_id')
        .where('user_id', '=', userId)
        .where('device_hash', '=', deviceHash)
        .executeTakeFirst();
      return row !== undefined;
    },
    forgetAll: (userId) =>
      handle.write(async (db) => {
        await db.deleteFrom('devices').where('user_id', '=', userId).execute();
      }),
    purge: (seenBefore) =>
      deleteOver(handle, {
        table: 'devices',
        key: ['user_id', 'device_hash'],
        over: [isBefore('last_seen_at', seenBefore)],
      }),
  };
}

/** SQLite takes no offset without a limit. */
const MOST_DELETED = 1000;
