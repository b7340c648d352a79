/** A batch survives its worst row: the others are written, and what the database refuses for good is left out. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isTemporary } from './temporary.ts';

/** Thrown when a row itself is at fault, so that no later try can succeed. */
export class RowRefused extends Error {
  readonly isRowRefused = true as const;

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'RowRefused';
  }
}

/** Thrown when all of a batch was done but for some rows. */
export class RowsKept extends Error {
  /** What they are called in the log; no secrets. */
  readonly rows: readonly string[];
  readonly done: number;

  constructor(rows: readonly string[], done: number) {
    super(`${rows.length} rows could not be deleted`);
    this.name = 'RowsKept';
    this.rows = rows;
    this.done = done;
  }
}

export interface Unwritten<Row> {
  readonly rows: readonly Row[];
  readonly error: unknown;
}

export interface SurvivorsOptions<Row> {
  /** All or nothing. */
  readonly write: (rows: readonly Row[]) => Promise<void>;
  readonly onDropped: (row: Row) => void;
}

/**
 * Writes all rows at once; when one of them is refused, each half by itself, down to the one. Answers what is left for
 * a later try when writing failed for another reason, and `null` when nothing is.
 */
export async function writeSurvivors<Row>(
  rows: readonly Row[],
  options: SurvivorsOptions<Row>,
): Promise<Unwritten<Row> | null> {
  const [first] = rows;
  if (first === undefined) return null;
  try {
    await options.write(rows);
    return null;
  } catch (error) {
    if (!(error instanceof RowRefused)) return { rows, error };
  }
  if (rows.length === 1) {
    options.onDropped(first);
    return null;
  }
  const middle = Math.ceil(rows.length / 2);
  const rest = rows.slice(middle);
  const left = await writeSurvivors(rows.slice(0, middle), options);
  if (left !== null) return { rows: [...left.rows, ...rest], error: left.error };
  return writeSurvivors(rest, options);
}

/** Rows of one transaction of a flush: some milliseconds. */
const MOST_A_STEP = 100;

/** The same in small steps, between which other work runs. */
export async function writeInSteps<Row>(
  rows: readonly Row[],
  options: SurvivorsOptions<Row>,
): Promise<Unwritten<Row> | null> {
  for (let start = 0; start < rows.length; start += MOST_A_STEP) {
    const end = start + MOST_A_STEP;
    const left = await writeSurvivors(rows.slice(start, end), options);
    if (left !== null) return { rows: [...left.rows, ...rows.slice(end)], error: left.error };
    await nextTurn();
  }
  return null;
}

export interface WalkOptions {
  /** Ids after this one, in their order, of what is to be done; `null`: from the first on. */
  readonly page: (after: string | null) => Promise<readonly string[]>;
  /** All or nothing. */
  readonly work: (ids: readonly string[]) => Promise<void>;
  readonly onDropped: (id: string) => void;
}

/**
 * Works through all pages. Whatever fails for one id alone, and not because the database is away, is the fault of that id:
 * it is left out and the next run tries it again.
 */
export async function workThrough({ page, work, onDropped }: WalkOptions): Promise<void> {
  const write = (ids: readonly string[]): Promise<void> =>
    work(ids).catch((error: unknown) => {
      throw isTemporary(error) ? error : new RowRefused(error);
    });
  let ids = await page(null);
  for (let last = ids.at(-1); last !== undefined; last = ids.at(-1)) {
    const left = await writeSurvivors(ids, { write, onDropped });
    if (left !== null) throw left.error;
    ids = await page(last);
  }
}
