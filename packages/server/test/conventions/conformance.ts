/** docs/conformance.md, and the tests that it names. */
import { existsSync, readFileSync } from 'node:fs';

const TESTS = new URL('../', import.meta.url);

export const conformance = readFileSync(
  new URL('../../../../docs/conformance.md', import.meta.url),
  'utf8',
);

/** The file of a test and its title. */
export const REFERENCE = /^`([^`]+\.test\.ts)`: (.+)$/;

/** Titles are compared as they are written, so one of many that a loop makes is named with its `${…}`. */
export function isThere(file: string, title: string): boolean {
  const url = new URL(file, TESTS);
  if (!existsSync(url)) return false;
  const text = readFileSync(url, 'utf8');
  return ["'", '"', '`'].some((quote) => text.includes(`test(${quote}${title}${quote}`));
}
