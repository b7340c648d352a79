/** What is wrong with a configuration, and where. */

import { inspect } from 'node:util';

/** Keys and list positions from the root: `['scopes', 0, 'name']`. */
export type Path = readonly (string | number)[];

/** Something wrong with a setting, wherever it was set. */
export interface Complaint {
  readonly path: Path;
  readonly message: string;
}

/** Refuses to start. The message has one line for every problem: place, what was found, what was expected. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** `scopes[0].scopes[2].name` */
export const dotted = (path: Path): string =>
  path
    .map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`))
    .join('');

const LONGEST_SHOWN = 60;

/** A value as a problem shows it: short, on one line, without a password that was put into a URL. */
export function found(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section';
  if (typeof value !== 'string') return inspect(value);
  const masked = value.replace(/\/\/.*@/gs, '//…@');
  const short = masked.length > LONGEST_SHOWN ? `${masked.slice(0, LONGEST_SHOWN)}…` : masked;
  return JSON.stringify(short);
}
