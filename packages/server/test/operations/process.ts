/** A real server process on a free port, with its own data, and raw connections to it. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

const ENTRY = fileURLToPath(new URL('./serve.ts', import.meta.url));

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly port: number;
  /** What it wrote so far. */
  readonly output: () => string;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
}

export interface Start {
  readonly env?: Readonly<Record<string, string>>;
  readonly yaml?: string;
  /** Before it starts, in its working directory. */
  readonly prepare?: (directory: string) => Promise<void>;
}

export async function withProcess(
  { env = {}, yaml, prepare }: Start,
  act: (server: ServerProcess, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-process-'));
  const port = await freePort();
  if (yaml !== undefined) await writeFile(join(directory, 'gatehouse.yaml'), yaml);
  await prepare?.(directory);
  const child = spawn(process.execPath, [ENTRY], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      GATEHOUSE_PORT: String(port),
      // Nobody balances these, unless the test is about it.
      GATEHOUSE_DRAIN_SECONDS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null));
  try {
    await act({ child, port, output: await started(child), exited }, directory);
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true });
  }
}

function started(child: ChildProcess): Promise<() => string> {
  let output = '';
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('is listening on')) resolve(() => output);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('exit', () => reject(new Error(`the server did not start: ${output}`)));
  });
}

export interface Connection {
  readonly socket: Socket;
  /** Resolves with everything answered once it contains `text`, or once the other side hangs up. */
  until(text: string, from?: number): Promise<string>;
  /** Resolves with everything answered when the other side hung up. */
  readonly closed: Promise<string>;
}

/** A connection on which the server has read this beginning of a request, which came with a whole one that it has answered. */
export async function openUnderWay(
  port: number,
  beginning: string,
  host?: string,
): Promise<Connection> {
  const connection = await open(port, host);
  const { socket } = connection;
  socket.write(`GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n${beginning}`);
  const { length } = await connection.until('{"status":"ok"}');
  const after = (text: string): string => text.slice(length);
  return {
    socket,
    until: (text) => connection.until(text, length).then(after),
    closed: connection.closed.then(after),
  };
}

export async function open(port: number, host = '127.0.0.1'): Promise<Connection> {
  const socket = connect(port, host);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  await once(socket, 'connect');
  // A reset is one way of hanging up.
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(received));
  });
  const until = (text: string, from = 0): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (received.includes(text, from)) resolve(received);
      };
      socket.on('data', look);
      closed.then(resolve, resolve);
      look();
    });
  return { socket, until, closed };
}

/** Resolves as soon as new connections are refused. */
export const refuses = (port: number): Promise<boolean> =>
  until(async () => {
    try {
      (await open(port)).socket.destroy();
      return false;
    } catch (error) {
      // Reset when it still stood in the queue of the door as that closed.
      assert.match(String(error), /ECONNREFUSED|ECONNRESET/);
      return true;
    }
  }, 'a refusal');
