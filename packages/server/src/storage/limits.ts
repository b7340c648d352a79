/** Counters of attempts and refused credentials, shared by every process on the database. */
import { sql, type RawBuilder } from 'kysely';
import { mostAhead } from '../kit/clock.ts';
import { fill, microsecondsOf, MICROSECONDS, roomOf } from '../kit/leaky-bucket.ts';
import type { BucketSize } from '../kit/leaky-bucket.ts';
import type { Limits, Pour, Poured } from '../limits/limits.ts';
import { deleteOver } from './delete-over.ts';
import { isUntil } from './ended.ts';
import type { Database, Handle } from './engine.ts';

export function limitStore(handle: Handle): Limits {
  return {
    hit: (key, windowSeconds, now) =>
      handle.write(async (db) => {
        const resetsAt = now + windowSeconds;
        const latest = resetsAt + mostAhead(windowSeconds);
        const isOver = sql<boolean>`(attempts.resets_at <= ${now} or attempts.resets_at > ${latest})`;
        const row = await db
          .insertInto('attempts')
          .values({ key, count: 1, resets_at: resetsAt })
          .onConflict((conflict) =>
            conflict.column('key').doUpdateSet({
              count: sql<number>`case when ${isOver} then 1 else attempts.count + 1 end`,
              resets_at: sql<number>`case when ${isOver} or attempts.resets_at > ${resetsAt} then ${resetsAt} else attempts.resets_at end`,
            }),
          )
          .returning(['count', 'resets_at'])
          .executeTakeFirstOrThrow();
        return { count: row.count, resetsAt: row.resets_at };
      }),
    refund: (key) =>
      handle.write(async (db) => {
        await db
          .updateTable('attempts')
          .set((eb) => ({ count: eb('count', '-', 1) }))
          .where('key', '=', key)
          .where('count', '>', 0)
          .execute();
      }),
    forget: (key) =>
      handle.write(async (db) => {
        await db.deleteFrom('attempts').where('key', '=', key).execute();
      }),
    pour: (pours, bucket, now) =>
      handle.write((db) => pour(db, { pours, size: microsecondsOf(bucket), now })),
    purge: (now) =>
      deleteOver(handle, {
        table: 'attempts',
        key: ['key'],
        over: [isUntil('resets_at', now)],
      }),
  };
}

interface Pouring {
  readonly pours: readonly Pour[];
  readonly size: BucketSize;
  readonly now: number;
}

/** Buckets use `count` for how many of the latest pour fitted, and `resets_at` for the purge. */
async function pour(db: Database, { pours, size, now }: Pouring): Promise<readonly Poured[]> {
  if (pours.length === 0) return [];
  const at = now * MICROSECONDS;
  const rowOf = ({ key, times }: Pour) => {
    const { allowed, emptyAt } = fill(size, { emptyAt: 0, now: at, times });
    return { key, count: allowed, empty_at: emptyAt, resets_at: secondAfter(emptyAt) };
  };
  const after = afterwards(size, at);
  const rows = await db
    .insertInto('attempts')
    // In the order of keys, so that two processes never wait for each other.
    .values(pours.map(rowOf).toSorted((one, other) => (one.key < other.key ? -1 : 1)))
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        count: after.allowed,
        empty_at: after.emptyAt,
        resets_at: sql<number>`${after.emptyAt} / ${whole(MICROSECONDS)} + 1`,
      }),
    )
    .returning(['key', 'count', 'empty_at'])
    .execute();
  const found = new Map(rows.map((row) => [row.key, row]));
  return pours.map(({ key }) => {
    const { count = 0, empty_at: emptyAt = 0 } = found.get(key) ?? {};
    const { remaining, wait } = roomOf(size, emptyAt ?? 0, at);
    return { allowed: count, remaining, retryAfterSeconds: Math.ceil(wait / MICROSECONDS) };
  });
}

const secondAfter = (microseconds: number): number => Math.floor(microseconds / MICROSECONDS) + 1;

/** Both engines divide whole numbers into whole numbers. */
const whole = (value: number): RawBuilder<number> => sql<number>`cast(${value} as bigint)`;

/** What `fill` computes, on the row as it is once it is locked. */
function afterwards({ cost, capacity }: BucketSize, at: number) {
  const now = whole(at);
  const before = sql<number>`coalesce(attempts.empty_at, 0)`;
  const level = sql<number>`(case when ${before} - ${now} > ${whole(2 * capacity)} then ${whole(capacity)} when ${before} > ${now} then ${before} - ${now} else 0 end)`;
  const room = sql<number>`((${whole(capacity)} - ${level}) / ${whole(cost)})`;
  const allowed = sql<number>`(case when ${room} < 0 then 0 when ${room} < excluded.count then ${room} else excluded.count end)`;
  return { allowed, emptyAt: sql<number>`(${now} + ${level} + ${allowed} * ${whole(cost)})` };
}
