/** A batch survives its worst row: the others are written, and what the database refuses for good is dropped. */

/** Thrown when a row itself is at fault, so that no later try can succeed. */
export class RowRefused extends Error {
  readonly isRowRefused = true as const;

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'RowRefused';
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
