/**
 * The file of SQLite and what SQLite keeps beside it: for the user of the process alone. One that somebody else put there,
 * or could have changed, is not used: whoever writes to it gives themself any right.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { faultOfDirectory, modeOf } from '../kit/private-directory.ts';

/** The message names the file and how to mend it. */
export class UnsafeFile extends Error {
  override readonly name = 'UnsafeFile';
}

export const databaseFile = (dataDirectory: string): string => join(dataDirectory, 'gatehouse.db');

const BESIDE = ['', '-wal', '-shm', '-journal'].map((suffix) => `gatehouse.db${suffix}`);
const USED_BY_OTHERS = 0o077;

/** Throws `UnsafeFile`. What is not there yet is safe. */
export function assertSafe(dataDirectory: string): void {
  // Windows has no such bits and owners, and reports the same for every file.
  if (process.platform === 'win32') return;
  const fault = faultOfDirectory(dataDirectory);
  if (fault !== null) throw new UnsafeFile(fault);
  const directory = fs.statSync(dataDirectory, { throwIfNoEntry: false });
  if (directory === undefined) return;
  for (const name of [...BESIDE, 'serving.lock', 'reserve'])
    assertOwn(join(dataDirectory, name), directory.uid);
}

function assertOwn(path: string, uidOfDirectory: number): void {
  const found = fs.lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isSymbolicLink())
    throw new UnsafeFile(
      `${path} is a symbolic link; put the database itself there, or set storage.data_directory to ${dirname(linked(path))}`,
    );
  if (!found.isFile()) throw new UnsafeFile(`${path} is not a file`);
  const own = process.getuid?.() ?? found.uid;
  // The superuser looks after the files of the server's user.
  const isForeign = found.uid !== own && !(own === 0 && found.uid === uidOfDirectory);
  if (isForeign)
    throw new UnsafeFile(
      `${path} belongs to user ${found.uid}, expected ${own}; if it is yours: chown ${own} ${path}`,
    );
  if ((found.mode & USED_BY_OTHERS) !== 0)
    throw new UnsafeFile(
      `${path}: found mode ${modeOf(found)}, which lets others use it, expected 0600: chmod 600 ${path}`,
    );
}

function linked(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Makes an empty file for its owner alone, before SQLite makes one for everybody: what SQLite puts beside it gets the same
 * mode. Answers whether nothing was written to it yet.
 */
export function makeDatabaseFile(path: string): boolean {
  // Windows has no O_NOFOLLOW, and then it counts as 0.
  const { O_CREAT, O_WRONLY, O_NOFOLLOW } = fs.constants;
  fs.closeSync(fs.openSync(path, O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600));
  return fs.statSync(path).size === 0;
}
