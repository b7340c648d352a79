/**
 * Deletes rows that are over, in small steps between which other work runs. One that the database keeps, because something
 * refers to it say, keeps no other from going: the rest goes, and `RowsKept` names it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type RawBuilder } from 'kysely';
import { sha256 } from '../kit/hash.ts';
import { RowsKept, writeSurvivors } from '../kit/survivors.ts';
import type { Database, Handle } from './engine.ts';
import { tellingRefusedRows } from './row-refused.ts';
import type { Schema } from './schema.ts';

/** A reason to go. Its column has an index, by which the rows are found. */
export interface Over {
  readonly column: string;
  readonly isOver: RawBuilder<boolean>;
}

export interface OverRows {
  readonly table: keyof Schema;
  /** The columns of its primary key. */
  readonly key: readonly string[];
  readonly over: readonly Over[];
  /** What must hold besides. Asked only of the rows of a step, so that those which stay cost no long search. */
  readonly also?: RawBuilder<boolean>;
  /** Rows a step, `MOST_A_STEP` unless said otherwise: less where each takes others along. */
  readonly step?: number;
  /** Deletes first what refers to rows of the table, by their ids: a planner has nothing to guess about. */
  readonly dependents?: (db: Database, ids: readonly string[]) => Promise<unknown>;
}

type Key = readonly unknown[];

/** Rows of one transaction: some milliseconds. */
export const MOST_A_STEP = 200;

interface Progress {
  readonly kept: Set<string>;
  deleted: number;
}

/** Answers how many rows went. */
export async function deleteOver(handle: Handle, rows: OverRows): Promise<number> {
  const progress: Progress = { kept: new Set(), deleted: 0 };
  for (const over of rows.over) await deleteFor(handle, { rows, over }, progress);
  const { kept, deleted } = progress;
  if (kept.size > 0) throw new RowsKept([...kept], deleted);
  return deleted;
}

interface Search {
  readonly rows: OverRows;
  readonly over: Over;
}

/** Reads on from row to row in the order of the index: what stays is passed once. */
async function deleteFor(handle: Handle, search: Search, progress: Progress): Promise<void> {
  const most = search.rows.step ?? MOST_A_STEP;
  for (let last: Key | null = null; ;) {
    const page: readonly Key[] = await nextPage(handle, search, { last, most });
    const end = page.at(-1);
    if (end === undefined) return;
    last = end;
    const left = await writeSurvivors(page, {
      async write(keys) {
        const within = between(search, { first: keys[0] ?? end, last: keys.at(-1) ?? end });
        progress.deleted += await tellingRefusedRows(remove(handle, search.rows, within));
      },
      onDropped: (key) => progress.kept.add(nameOf(search, key)),
    });
    if (left !== null) throw left.error;
    if (page.length < most) return;
    await nextTurn();
  }
}

function remove(handle: Handle, rows: OverRows, isOver: RawBuilder<boolean>): Promise<number> {
  const { dependents } = rows;
  return handle.write(async (db) => {
    let gone = db.deleteFrom(tableOf(rows)).where(isOver);
    if (dependents !== undefined) {
      const found = await db.selectFrom(tableOf(rows)).select('id').where(isOver).execute();
      const ids = found.map(({ id }) => id);
      if (ids.length === 0) return 0;
      await dependents(db, ids);
      gone = gone.where('id', 'in', ids);
    }
    const { numDeletedRows } = await gone.executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  });
}

async function nextPage(
  { read }: Handle,
  { rows, over }: Search,
  { last, most }: { readonly last: Key | null; readonly most: number },
): Promise<readonly Key[]> {
  const names = columnsOf({ rows, over });
  const columns = sql.join(names.map((column) => sql.ref(column)));
  const isNext =
    last === null
      ? over.isOver
      : sql<boolean>`${over.isOver} and (${columns}) > (${sql.join(last)})`;
  const query = sql<Record<string, unknown>>`select ${columns} from ${sql.table(rows.table)}
    where ${isNext} order by ${columns} limit ${most}`;
  const found = await query.execute(read);
  return found.rows.map((row) => names.map((column) => row[column]));
}

const columnsOf = ({ rows, over }: Search): readonly string[] => [
  over.column,
  ...rows.key.filter((column) => column !== over.column),
];

/**
 * Rows that came between the two meanwhile are over as well. What is over is not said once more: SQLite would take that for
 * the end of the range, and each step would read on to the end of all that is over.
 */
function between(search: Search, { first, last }: { first: Key; last: Key }): RawBuilder<boolean> {
  const columns = sql.join(columnsOf(search).map((column) => sql.ref(column)));
  const { rows, over } = search;
  const also = rows.also === undefined ? sql`` : sql`and ${rows.also}`;
  // The index of a column that few rows have knows only of those.
  const isThere = sql`${sql.ref(over.column)} is not null`;
  return sql`${isThere} and (${columns}) >= (${sql.join(first)}) and (${columns}) <= (${sql.join(last)}) ${also}`;
}

/** All tables are the same to the statement above; Kysely wants one of them. */
const tableOf = ({ table }: OverRows): 'sessions' => table as 'sessions';

/** Ids and days as they are. Anything else may be an address or lead to a secret. */
function nameOf(search: Search, values: Key): string {
  const columns = columnsOf(search);
  const { table, key } = search.rows;
  const parts = key.map((column) => {
    const value = values[columns.indexOf(column)];
    return /(^id|_id|^day)$/.test(column) ? String(value) : `#${short(value)}`;
  });
  return `${table} ${parts.join(' ')}`;
}

function short(value: unknown): string {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
  return Buffer.from(sha256(text)).toString('hex').slice(0, 12);
}
