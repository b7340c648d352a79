import type { Outbox } from '../identity/ports.ts';
import { hours, minutes, type Clock } from '../kit/clock.ts';
import { newOrderedId } from '../kit/ids.ts';
import type { Notice, OutboxQueue } from '../mail/ports.ts';
import { sql } from 'kysely';
import { deleteOver } from './delete-over.ts';
import { isBefore } from './ended.ts';
import type { Engine, Handle } from './engine.ts';
import { countOf, keysOf, pageWith, readInOrder } from './lists.ts';
import { tellingRefusedRows } from './row-refused.ts';
import { toEntry, type NewRow } from './rows.ts';

export interface OutboxDepth {
  /** Neither sent nor given up. */
  readonly waiting: number;
  /** When the oldest of them was written; `null` when none waits. */
  readonly oldestAt: number | null;
}

export type OutboxStore = Outbox<Notice> & OutboxQueue & { depth(): Promise<OutboxDepth> };

/** Beyond what a courier ever waits after a failure, and beyond what a first delivery ever takes. */
const LONGEST_WAIT_SECONDS = hours(25);
const LONGEST_LEASE_SECONDS = minutes(45);

export function outboxStore(
  handle: Handle,
  options: { clock: Clock; engine: Engine['name'] },
): OutboxStore {
  const { clock, engine } = options;
  return {
    ...reads(handle),
    enqueue: (notice) =>
      handle.write(async (db) => {
        const now = clock();
        const row: NewRow<'outbox'> = {
          id: newOrderedId(),
          notice: JSON.stringify(notice),
          created_at: now,
          attempts: 0,
          next_attempt_at: now,
          sent_at: null,
          failed_at: null,
          last_error: null,
          unanswered: 0,
          held_since: null,
        };
        await db.insertInto('outbox').values(row).execute();
      }),
    take: (now, leaseUntil, limit) =>
      handle.write(async (db) => {
        const due = db
          .selectFrom('outbox')
          .select('id')
          .where('sent_at', 'is', null)
          .where('failed_at', 'is', null)
          // Later than any wait is of a clock that was ahead.
          .where((eb) =>
            eb.or([
              eb('next_attempt_at', '<=', now),
              eb('next_attempt_at', '>', now + LONGEST_WAIT_SECONDS),
              eb.and([
                eb('attempts', '=', 0),
                eb('next_attempt_at', '>', now + LONGEST_LEASE_SECONDS),
              ]),
            ]),
          )
          .orderBy('id')
          .limit(limit);
        const rows = await db
          // Two couriers of two processes must not wait for, or take, each other's entries. Named, so that PostgreSQL
          // runs it once and `limit` means what it says.
          .with('due', () => (engine === 'postgres' ? due.forUpdate().skipLocked() : due))
          .updateTable('outbox')
          .set({ next_attempt_at: leaseUntil })
          .where('id', 'in', (eb) => eb.selectFrom('due').select('due.id'))
          .returningAll()
          .execute();
        return rows.map(toEntry).sort((left, right) => (left.id < right.id ? -1 : 1));
      }),
    markSent: (id, at) =>
      handle.write(async (db) => {
        await db
          .updateTable('outbox')
          .set({ sent_at: at, last_error: null, held_since: null })
          .where('id', '=', id)
          .execute();
      }),
    markFailed: (id, { error, at, nextAttemptAt, unanswered, isHeld }) =>
      tellingRefusedRows(
        handle.write(async (db) => {
          await db
            .updateTable('outbox')
            .set((eb) => ({
              attempts: eb('attempts', '+', 1),
              last_error: error,
              unanswered,
              held_since: isHeld ? eb.fn.coalesce('held_since', eb.val(at)) : null,
              ...(nextAttemptAt === null ? { failed_at: at } : { next_attempt_at: nextAttemptAt }),
            }))
            .where('id', '=', id)
            .where('sent_at', 'is', null)
            .execute();
        }),
      ),
    handOver: (id, { leaseUntil, answerBy }) =>
      handle.write(async (db) => {
        const result = await db
          .updateTable('outbox')
          .set((eb) => ({ next_attempt_at: answerBy, unanswered: eb('unanswered', '+', 1) }))
          .where('id', '=', id)
          // Every lease ends later than the one before, so this is the one that the message was taken under.
          .where('next_attempt_at', '=', leaseUntil)
          .where('sent_at', 'is', null)
          .where('failed_at', 'is', null)
          .executeTakeFirst();
        return result.numUpdatedRows === 1n;
      }),
    giveBack: (id, { at, unanswered }) =>
      handle.write(async (db) => {
        await db
          .updateTable('outbox')
          .set({ next_attempt_at: at, unanswered })
          .where('id', '=', id)
          .where('sent_at', 'is', null)
          .where('failed_at', 'is', null)
          .execute();
      }),
    retry: (id, now) =>
      handle.write(async (db) => {
        const result = await db
          .updateTable('outbox')
          .set({ failed_at: null, next_attempt_at: now, unanswered: 0 })
          .where('id', '=', id)
          .where('sent_at', 'is', null)
          // One that was not given up may be in a courier's hands at this moment, and would go out twice.
          .where('failed_at', 'is not', null)
          .executeTakeFirst();
        return result.numUpdatedRows === 1n;
      }),
    purgeSent: (before) =>
      deleteOver(handle, {
        table: 'outbox',
        key: ['id'],
        over: [isBefore('sent_at', before), isBefore('failed_at', before)],
      }),
  };
}

function reads(handle: Handle): Pick<OutboxStore, 'byId' | 'list' | 'depth' | 'held'> {
  return {
    async depth() {
      const { waiting, oldestAt } = await handle.read
        .selectFrom('outbox')
        .select((eb) => [
          eb.fn.countAll<number>().as('waiting'),
          eb.fn.min('created_at').as('oldestAt'),
        ])
        .where('sent_at', 'is', null)
        .where('failed_at', 'is', null)
        .executeTakeFirstOrThrow();
      return { waiting, oldestAt };
    },
    async held() {
      const held = handle.read
        .selectFrom('outbox')
        .where('held_since', 'is not', null)
        .where('sent_at', 'is', null)
        .where('failed_at', 'is', null);
      const { count, since } = await held
        .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min('held_since').as('since')])
        .executeTakeFirstOrThrow();
      if (since === null) return null;
      const newest = await held
        .select('last_error')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      return { count, since, lastError: newest?.last_error ?? null };
    },
    async byId(id) {
      const row = await handle.read
        .selectFrom('outbox')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? null : toEntry(row);
    },
    async list(state, page) {
      const { where, counts } = STATES[state];
      const keys = await keysOf(handle.read, { table: 'outbox', order: ['id'], where }, page);
      const rows = await readInOrder(keys.positions, (ids) =>
        handle.read.selectFrom('outbox').selectAll().where('id', 'in', ids).execute(),
      );
      const totals = await Promise.all(counts.map((list) => countOf(handle.read, list, '')));
      const total = totals.reduce((sum, one) => sum + one, 0);
      return pageWith(rows.map(toEntry), total, keys);
    },
  };
}

const FAILED = sql<boolean>`failed_at is not null`;
const WAITING = sql<boolean>`sent_at is null and failed_at is null and attempts > 0`;

/** All messages are not counted: each that is written would change that one counter. */
const STATES = {
  all: { where: [sql<boolean>`1 = 1`], counts: [] },
  failed: { where: [FAILED], counts: ['failed_mail'] },
  waiting: { where: [WAITING], counts: ['late_mail'] },
  trouble: { where: [FAILED, WAITING], counts: ['failed_mail', 'late_mail'] },
} as const;
