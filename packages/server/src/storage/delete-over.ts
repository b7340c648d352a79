/**
 * Deletes rows that are over. One that the database keeps, because something refers to it say, keeps no other from going: the
 * rest goes, and `RowsKept` names it.
 */
import { sql, type RawBuilder } from 'kysely';
import { sha256 } from '../kit/hash.ts';
import { RowsKept, writeSurvivors } from '../kit/survivors.ts';
import type { Database, Handle } from './engine.ts';
import { tellingRefusedRows } from './row-refused.ts';
import type { Schema } from './schema.ts';

export interface OverRows {
  readonly table: keyof Schema;
  /** The columns of its primary key. */
  readonly key: readonly string[];
  readonly isOver: RawBuilder<boolean>;
  /** Deletes first what refers to the rows of the table that this is true of. */
  readonly dependents?: (db: Database, isOver: RawBuilder<boolean>) => Promise<unknown>;
}

type Key = readonly unknown[];

/** Rows looked at together when not all can go at once. */
const PAGE = 500;

/** Answers how many rows went. */
export async function deleteOver(handle: Handle, rows: OverRows): Promise<number> {
  try {
    return await tellingRefusedRows(remove(handle, rows, rows.isOver));
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
  return deleteSome(handle, rows);
}

const isRefused = (error: unknown): boolean => error instanceof Error && 'isRowRefused' in error;

async function deleteSome(handle: Handle, rows: OverRows): Promise<number> {
  const kept: string[] = [];
  let deleted = 0;
  let last: Key | null = null;
  for (;;) {
    const page: readonly Key[] = await nextPage(handle, rows, last);
    const end = page.at(-1);
    if (end === undefined) break;
    last = end;
    const left = await writeSurvivors(page, {
      async write(keys) {
        const within = between(rows, { first: keys[0] ?? end, last: keys.at(-1) ?? end });
        deleted += await tellingRefusedRows(remove(handle, rows, within));
      },
      onDropped: (key) => kept.push(`${rows.table} ${nameOf(rows, key)}`),
    });
    if (left !== null) throw left.error;
  }
  if (kept.length > 0) throw new RowsKept(kept, deleted);
  return deleted;
}

function remove(handle: Handle, rows: OverRows, isOver: RawBuilder<boolean>): Promise<number> {
  return handle.write(async (db) => {
    await rows.dependents?.(db, isOver);
    const { numDeletedRows } = await db
      .deleteFrom(tableOf(rows))
      .where(isOver)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  });
}

async function nextPage(
  { read }: Handle,
  rows: OverRows,
  last: Key | null,
): Promise<readonly Key[]> {
  const isNext =
    last === null ? rows.isOver : sql<boolean>`(${rows.isOver}) and ${after(rows, last)}`;
  const columns = sql.join(rows.key.map((column) => sql.ref(column)));
  const query = sql<Record<string, unknown>>`select ${columns} from ${sql.table(rows.table)}
    where ${isNext} order by ${columns} limit ${PAGE}`;
  const found = await query.execute(read);
  return found.rows.map((row) => rows.key.map((column) => row[column]));
}

const keyOf = ({ key }: OverRows): RawBuilder<unknown> =>
  sql`(${sql.join(key.map((column) => sql.ref(column)))})`;

const after = (rows: OverRows, key: Key): RawBuilder<boolean> =>
  sql`${keyOf(rows)} > (${sql.join(key)})`;

/** Rows that came between the two meanwhile are over as well. */
const between = (rows: OverRows, { first, last }: { first: Key; last: Key }): RawBuilder<boolean> =>
  sql`(${rows.isOver}) and ${keyOf(rows)} >= (${sql.join(first)}) and ${keyOf(rows)} <= (${sql.join(last)})`;

/** All tables are the same to the statement above; Kysely wants one of them. */
const tableOf = ({ table }: OverRows): 'sessions' => table as 'sessions';

/** Ids and days as they are. Anything else may be an address or lead to a secret. */
const nameOf = ({ key }: OverRows, values: Key): string =>
  key
    .map((column, index) =>
      /(^id|_id|^day)$/.test(column) ? String(values[index]) : `#${short(values[index])}`,
    )
    .join(' ');

function short(value: unknown): string {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
  return Buffer.from(sha256(text)).toString('hex').slice(0, 12);
}
