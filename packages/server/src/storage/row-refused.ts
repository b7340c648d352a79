import { RowRefused } from '../kit/survivors.ts';

/** Data exceptions and violated constraints: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const POSTGRES = /^2[23]/;
/** TOOBIG, CONSTRAINT, MISMATCH: https://www.sqlite.org/rescode.html */
const SQLITE: ReadonlySet<number> = new Set([18, 19, 20]);
/** A value that `node:sqlite` cannot bind. */
const BINDING = /^ERR_(INVALID_ARG|OUT_OF_RANGE)/;

/** Tells a row that can never be written from a database that cannot write now. */
export async function tellingRefusedRows<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw isOfRow(error) ? new RowRefused(error) : error;
  }
}

function isOfRow(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error && typeof error.errcode === 'number')
    return SQLITE.has(error.errcode & 0xff);
  const code = 'code' in error ? String(error.code) : '';
  return POSTGRES.test(code) || BINDING.test(code);
}
