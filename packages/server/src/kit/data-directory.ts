/** The directory that holds everything of an installation. Two modules make it, whichever comes first. */
import { accessSync, constants, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const ELSEWHERE = 'set storage.data_directory in gatehouse.yaml or GATEHOUSE_DATA_DIRECTORY';

/** Says what stands in the way and which setting leads elsewhere. */
export class NoDirectory extends Error {
  constructor(
    file: string,
    found = 'found a file, expected the data directory; move the file, or',
  ) {
    super(`${file}: ${found} ${ELSEWHERE}`);
  }
}

const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space is left there',
    EDQUOT: 'the quota is used up',
    // What /proc and its like answer.
    ENOENT: 'no directory can be made there',
    ENAMETOOLONG: 'the path is too long',
    ELOOP: 'its symbolic links lead in a circle',
  }),
);

/** For its owner alone. */
export function makeDataDirectory(path: string): void {
  for (const directory of missingOf(path)) make(directory);
  withReason(path, 'cannot be used', () => accessSync(path, constants.W_OK | constants.X_OK));
}

/** Throws when a file stands there, or above. What is not there yet can be made. */
export function assertDirectory(path: string): void {
  missingOf(path);
}

/** Throws what `makeDataDirectory` would throw, and leaves nothing behind. */
export function tryDataDirectory(path: string): void {
  const [first] = missingOf(path);
  if (first === undefined) return makeDataDirectory(path);
  make(first);
  rmdirSync(first);
}

/** What has to be made, outermost first. `mkdir` with `recursive` does not end where no directory can be made, as in /proc. */
function missingOf(path: string): readonly string[] {
  const found = withReason(path, 'cannot be used', () => statSync(path, { throwIfNoEntry: false }));
  if (found?.isDirectory() === true) return [];
  if (found !== undefined) throw new NoDirectory(path);
  const parent = dirname(path);
  return parent === path ? [path] : [...missingOf(parent), path];
}

function make(path: string): void {
  withReason(path, 'cannot be made', () => {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      // Another process was faster.
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
    }
  });
}

function withReason<Value>(path: string, what: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    if (error instanceof NoDirectory) throw error;
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new NoDirectory(path, `${what} (${code}: ${REASONS.get(code) ?? 'see errno(3)'});`);
  }
}
