/** Failures after which nothing was changed and a later try may succeed; `http` answers them with 503. */
export class StorageUnavailable extends Error {
  readonly isTemporary = true as const;

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'StorageUnavailable';
  }
}

/** The database was lost while it kept a transaction: nobody knows yet whether it did. */
export class OutcomeUnknown extends StorageUnavailable {
  readonly isUncertain = true as const;
}

/** No room on the disk of the database, or in the quota. What frees room can still be done. */
export class DiskFull extends StorageUnavailable {}

/** BUSY, LOCKED, CANTOPEN: https://www.sqlite.org/rescode.html */
const SQLITE_CODES = new Set([5, 6, 14]);
/** FULL; IOERR_SHMSIZE, as the shared memory of the write-ahead log meets a full disk; IOERR_WRITE, as a quota that is used up. */
const SQLITE_FULL_CODES = new Set([13, 4874, 778]);

/** The error to throw in place of one that `node:sqlite` threw. */
export function sqliteFailure(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  const { errcode } = error;
  if (typeof errcode !== 'number') return error;
  // The low byte is the family; the rest tells its members apart.
  if (SQLITE_FULL_CODES.has(errcode)) return new DiskFull(error.message, { cause: error });
  return SQLITE_CODES.has(errcode & 0xff)
    ? new StorageUnavailable(error.message, { cause: error })
    : error;
}

export const isSqliteBusy = (error: unknown): boolean =>
  error instanceof Error &&
  'errcode' in error &&
  typeof error.errcode === 'number' &&
  (error.errcode & 0xff) === 5;

/**
 * Connection exceptions, insufficient resources, shutdowns, lost races, a standby that only reads, limits of time, a disk that
 * fails, and a login that is refused or has no database now:
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const POSTGRES_CODES =
  /^(08...|53...|57P0[1-5]|55P03|57014|40001|40P01|25006|25P0[34]|58...|28...|3D000)$/;
const POSTGRES_FULL = '53100';
/** io_error, read_only_sql_transaction. */
const POSTGRES_WRITE_CODES = /^(58030|25006)$/;
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // The socket file of a server that is not running.
  'ENOENT',
]);
/** `pg` gives these no code. */
const MESSAGES =
  /^(connection terminated|timeout expired|timeout exceeded when trying to connect|query read timeout|client (has encountered a connection error|was closed))/i;

/** The error to throw in place of one that `pg` threw. */
export function postgresFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StorageUnavailable) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === POSTGRES_FULL) return new DiskFull(error.message, { cause: error });
  const isTemporary =
    NETWORK_CODES.has(code) || POSTGRES_CODES.test(code) || MESSAGES.test(error.message);
  return isTemporary ? new StorageUnavailable(error.message, { cause: error }) : error;
}

/** invalid_authorization_specification and its kind, invalid_catalog_name. */
export const isLoginRefused = ({ cause }: StorageUnavailable): boolean =>
  cause instanceof Error && 'code' in cause && /^(28...|3D000)$/.test(String(cause.code));

/** Whether other writes will fail for the same reason, while the database can be read. */
export const isWriteFault = (error: unknown): error is StorageUnavailable =>
  error instanceof DiskFull ||
  (error instanceof StorageUnavailable &&
    error.cause instanceof Error &&
    'code' in error.cause &&
    POSTGRES_WRITE_CODES.test(String(error.cause.code)));
