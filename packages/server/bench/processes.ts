/** Starts, asks and stops the processes of a measurement. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { FloorContent } from './floor.ts';
import type { Load, LoadResult } from './load.ts';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const GATEHOUSE = here('../bin/gatehouse.js');

/** What probe.js tells of the process that it is loaded into. */
export interface Usage {
  /** Processor time of the whole process, its threads and the kernel's work for it included. */
  readonly cpuMilliseconds: number;
  readonly residentBytes: number;
}

export interface ServerProcess {
  readonly port: number;
  readonly pid: number | undefined;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return address.port;
}

export interface GateOptions {
  /** Holds the configuration and the data. */
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node itself, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
}

/** A whole Gatehouse as its owner starts it; its log goes nowhere. */
export const startGate = ({ directory, env, nodeOptions }: GateOptions): Promise<ServerProcess> =>
  start((port) => ({
    // As `npm start` starts it.
    program: [
      '--expose-gc',
      ...(nodeOptions ?? []),
      '--import',
      here('probe.js'),
      GATEHOUSE,
      'serve',
    ],
    directory,
    env: { GATEHOUSE_PORT: String(port), ...env },
  }));

export const startFloor = (content: Omit<FloorContent, 'port'>): Promise<ServerProcess> =>
  start((port) => ({
    program: ['--import', here('probe.js'), here('floor.ts'), JSON.stringify({ ...content, port })],
  }));

export interface Program {
  readonly program: readonly string[];
  readonly directory?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function start(programFor: (port: number) => Program): Promise<ServerProcess> {
  const port = await freePort();
  const { program, directory, env } = programFor(port);
  const child = spawn(process.execPath, program, {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await answering(child, `http://127.0.0.1:${port}/healthz`);
  return {
    port,
    pid: child.pid,
    usage: async () => (await ask<{ usage: Usage }>(child, 'usage')).usage,
    stop: () => stop(child),
  };
}

export interface Generator {
  run(load: Load): Promise<LoadResult>;
  stop(): Promise<void>;
}

export function startGenerator(): Generator {
  const child = fork(here('load.ts'));
  return {
    async run(load) {
      const answer = await ask<{ result?: LoadResult; error?: string }>(child, load);
      if (answer.result === undefined) throw new Error(answer.error);
      return answer.result;
    },
    stop: () => stop(child),
  };
}

async function ask<Answer>(child: ChildProcess, question: 'usage' | Load): Promise<Answer> {
  const answer = once(child, 'message');
  child.send(question);
  // The programs above and their types are written together.
  return (await answer)[0] as Answer;
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

const RETRY_MILLISECONDS = 5;

/** Any answer will do: a server that listens is ready. */
async function answering(child: ChildProcess, url: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const answer = await fetch(url, { headers: { connection: 'close' } }).catch(() => null);
    if (answer !== null) {
      await answer.arrayBuffer();
      return;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, RETRY_MILLISECONDS);
    });
  }
}
