/** A command of the installation that some modules belong to, run within this process. */
import { Readable, Writable } from 'node:stream';
import { run } from '../../src/cli/run.ts';
import type { Modules } from '../../src/compose/modules.ts';

export interface Ran {
  readonly code: number;
  /** On both outputs. */
  readonly said: string;
}

export async function runCommand(
  { config }: Pick<Modules, 'config'>,
  args: readonly string[],
): Promise<Ran> {
  const { dataDirectory, databaseUrl } = config.storage;
  let said = '';
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      said += chunk.toString();
      done();
    },
  });
  const code = await run(args, {
    stdin: Object.assign(Readable.from([]), { isTTY: false }),
    stdout: output,
    stderr: output,
    env: {
      GATEHOUSE_DATA_DIRECTORY: dataDirectory,
      ...(databaseUrl !== null && { GATEHOUSE_DATABASE_URL: databaseUrl }),
    },
    directory: dataDirectory,
  });
  return { code, said };
}
