/**
 * Programs that some tests need and npm does not bring. Where they are missing the tests are skipped and say so; under
 * `TEST_EVERY_TOOL=1`, which `.ci/run` sets after it has installed them, that is a failure.
 */
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** For `skip`: `false` where the tool is there. */
export function skipWithout(isThere: boolean, what: string): string | false {
  if (isThere) return false;
  const why = `there is no ${what} here`;
  if (process.env['TEST_EVERY_TOOL'] === '1')
    throw new Error(`${why}, and TEST_EVERY_TOOL=1 is set`);
  return why;
}

/** Whether a program ends well. */
export const starts = (
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): boolean => spawnSync(program, args, { ...options, stdio: 'ignore' }).status === 0;

/** Whether it is there; what it makes of the argument differs from program to program. */
export const withoutProgram = (program: string): string | false =>
  skipWithout(spawnSync(program, ['--version']).error === undefined, program);

/** The Node of the machine, where it is another than that of the tests: people run what pages print with theirs. */
export function nodesToTry(): readonly string[] {
  const own = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'));
  const other = own.find((path) => starts(path, ['--version']));
  return other === undefined ? [process.execPath] : [process.execPath, other];
}
