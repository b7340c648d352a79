/** Server processes that follow each other on one installation, to be ended without warning. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../../src/config/read.ts';
import type { Config } from '../../src/config/config.ts';
import { freePort } from '../support/free-port.ts';

const PROGRAM = fileURLToPath(new URL('serve-when-told.ts', import.meta.url));

export interface Installation {
  readonly base: string;
  readonly config: Config;
  /** Loads the program of a server that opens the data later. */
  load(): LoadedServer;
  remove(): Promise<void>;
}

export interface LoadedServer {
  /** Resolves when it listens. */
  open(): Promise<void>;
  /** Resolves when it is gone. */
  kill(): Promise<void>;
}

export async function newInstallation(
  yaml: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-faults-'));
  await writeFile(join(directory, 'gatehouse.yaml'), yaml);
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    // Half of the time of a start is compiling, the same for each of them.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(directory, 'compiled'),
    GATEHOUSE_PORT: String(port),
    ...extra,
  };
  return {
    base: `http://127.0.0.1:${port}`,
    config: readConfig({ env, directory }),
    load: () => loaded(spawn(process.execPath, [PROGRAM], { cwd: directory, env })),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

function loaded(child: ChildProcess): LoadedServer {
  const exited = once(child, 'exit');
  let output = '';
  const listening = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('is listening on')) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    exited.then(() => reject(new Error(`the server did not start: ${output}`)), reject);
  });
  // A server that is ended before it was opened was never waited for.
  listening.catch(() => undefined);
  return {
    open() {
      child.stdin?.write('open\n');
      return listening;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
