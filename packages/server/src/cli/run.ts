/**
 * The command line: thin over the same modules, checks and events as the portal. Depends on every module, and loads the
 * large ones only for the commands that use them. Never takes a secret from an argument or gives one to standard error.
 */
import { CommanderError } from 'commander';
import { ConfigError } from '../config/problem.ts';
import { createProgram } from './program.ts';
import { EXIT, failureLine, Refused, Silent } from './refusal.ts';
import { tell, type Terminal } from './terminal.ts';

export async function runProcess(process: NodeJS.Process): Promise<void> {
  const { stdin, stdout, stderr, env } = process;
  // Whoever reads the output may stop reading; what was written is judged where it was written.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  const terminal = { stdin, stdout, stderr, env, directory: process.cwd() };
  process.exitCode = await run(process.argv.slice(2), terminal);
}

/** Answers the exit code. After `serve` has started it resolves while the server goes on. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    const isDebugging = program.opts<{ debug?: true }>().debug === true;
    return explain(error, { terminal, isDebugging });
  }
}

function explain(
  error: unknown,
  { terminal, isDebugging }: { terminal: Terminal; isDebugging: boolean },
): number {
  // Commander has said it already; asking for help or the version is no error, leaving out the command is.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misused;
  if (error instanceof ConfigError) {
    for (const problem of error.problems) tell(terminal, problem);
    return EXIT.misused;
  }
  if (error instanceof Silent) return error.exitCode;
  if (error instanceof Refused) {
    tell(terminal, `gatehouse: ${error.message}`);
    return error.exitCode;
  }
  tell(terminal, `gatehouse: ${failureLine(error)}`);
  if (isDebugging && error instanceof Error) tell(terminal, error.stack ?? '');
  return EXIT.refused;
}
