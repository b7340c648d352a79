/** Whether others can put files into a directory, or take some away. */
import { statSync, type Stats } from 'node:fs';

const WRITTEN_BY_OTHERS = 0o022;

/** Says what is wrong and how to mend it; `null`: nothing, or there is no such directory yet. */
export function faultOfDirectory(path: string): string | null {
  // Windows has no such bits and reports the same mode for every directory.
  if (process.platform === 'win32') return null;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true || (found.mode & WRITTEN_BY_OTHERS) === 0) return null;
  return `${path}: found mode ${modeOf(found)}, which lets others put files there, expected 0700: chmod 700 ${path}`;
}

/** Four octal digits. */
export const modeOf = ({ mode }: Stats): string => (mode & 0o777).toString(8).padStart(4, '0');
