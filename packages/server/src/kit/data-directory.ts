/** The directory that holds everything of an installation. Two rooms make it, whichever comes first. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Says what stands in the way and which setting leads elsewhere. */
export class NoDirectory extends Error {
  constructor(file: string) {
    super(
      `${file}: found a file, expected the data directory; move the file, or set storage.data_directory in gatehouse.yaml or GATEHOUSE_DATA_DIRECTORY`,
    );
  }
}

/** For its owner alone. */
export function makeDataDirectory(path: string): void {
  assertDirectory(path);
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Throws when a file stands there, or above. What is not there yet can be made. */
export function assertDirectory(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  if (found !== undefined) throw new NoDirectory(path);
  if (dirname(path) !== path) assertDirectory(dirname(path));
}
