/** A directory of its own for one test, with a gatehouse.yaml in it when `yaml` is given. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { readConfig } from '../../src/config/read.ts';

export interface Workplace {
  readonly yaml?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly files?: Readonly<Record<string, string>>;
  readonly file?: string;
}

export function withDirectory<Result>(act: (directory: string) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
  try {
    return act(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export const readIn = ({ yaml, env = {}, files = {}, file }: Workplace): Config =>
  withDirectory((directory) => {
    const all = yaml === undefined ? files : { ...files, 'gatehouse.yaml': yaml };
    for (const [name, content] of Object.entries(all))
      writeFileSync(join(directory, name), content);
    return readConfig({ env, directory, ...(file === undefined ? {} : { file }) });
  });

/** The problems that refuse the start; none when it is accepted. */
export function problemsIn(workplace: Workplace): readonly string[] {
  try {
    readIn(workplace);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
