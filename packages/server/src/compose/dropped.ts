/**
 * Rows that a batch left out so that the others could go on. Each is counted at once; what they were is gathered and told to
 * the log after each run of a job, so that many of them are few lines.
 */
import type { Tally } from '../kit/tally.ts';

/** A batch, or the purge: what can lose a row. */
export type BatchName =
  | 'token-use'
  | 'grant-use'
  | 'secret-use'
  | 'mail'
  | 'shorten-lives'
  | 'send-expiry-notices'
  | 'erase-people'
  | 'end-grants'
  | 'purge';

export interface DroppedRows {
  /** `row` names it in the log: an id, never a secret or an address. */
  note(batch: BatchName, row: string): void;
  report(log: DroppedLog): void;
}

interface DroppedLog {
  error(facts: object, message: string): void;
}

const MOST_NAMED = 20;

export function createDroppedRows(tally: Tally<BatchName>): DroppedRows {
  const batches = new Map<BatchName, { count: number; readonly rows: string[] }>();
  return {
    note(batch, row) {
      tally.add(batch);
      const known = batches.get(batch) ?? { count: 0, rows: [] };
      batches.set(batch, known);
      known.count += 1;
      if (known.rows.length < MOST_NAMED) known.rows.push(row);
    },
    report(log) {
      for (const [batch, { count, rows }] of batches)
        log.error({ batch, count, rows }, 'rows were left out of a batch');
      batches.clear();
    },
  };
}
