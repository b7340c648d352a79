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

/** The one of `names` that was probably meant. */
export function closest(name: string, names: Iterable<string>): string | null {
  const best = [...names]
    .map((candidate) => ({ candidate, distance: distanceBetween(name, candidate) }))
    .sort((left, right) => left.distance - right.distance)[0];
  const farthest = Math.max(2, Math.floor(name.length / 3));
  return best !== undefined && best.distance <= farthest ? best.candidate : null;
}

export function didYouMean(name: string, names: Iterable<string>): string {
  const meant = closest(name, names);
  return meant === null ? '' : `; did you mean ${meant}?`;
}

/** Levenshtein's distance, one row at a time. Names are cut: nobody mistypes a hundred letters. */
function distanceBetween(left: string, right: string): number {
  const [from, to] = [left.slice(0, 100), right.slice(0, 100)];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
