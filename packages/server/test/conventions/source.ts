/** The source as the house rules see it: files, lines, imports. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceFile {
  /** Relative to the package, with slashes: `src/kit/hash.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

export interface Import {
  /** Relative to the package when it is a file of ours, the bare name otherwise. */
  readonly target: string;
  readonly isTypeOnly: boolean;
}

const IMPORT = /^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'([^']+)';/gms;

export const sources = (pattern: string): readonly SourceFile[] =>
  globSync(pattern, { cwd: PACKAGE })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const text = readFileSync(resolve(PACKAGE, path), 'utf8');
      return { path, text, lines: text.split('\n').length - 1, imports: importsOf(path, text) };
    });

const importsOf = (path: string, text: string): readonly Import[] =>
  [...text.matchAll(IMPORT)].map(([, typeOnly, target = '']) => ({
    isTypeOnly: typeOnly !== undefined,
    target: target.startsWith('.') ? resolveTarget(path, target) : target,
  }));

const resolveTarget = (path: string, target: string): string =>
  relative(PACKAGE, resolve(PACKAGE, dirname(path), target)).replaceAll('\\', '/');

/** The module of a file: the first folder below `src`, or the file itself when it lies in none. */
export const moduleOf = (path: string): string => path.split('/')[1] ?? path;

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
