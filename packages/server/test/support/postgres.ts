/** One PostgreSQL server for a test process, started when the first database is asked for. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export interface PostgresServer {
  /** The URL of a new, empty database. */
  createDatabase(): Promise<string>;
  /** Cuts every connection. */
  halt(): Promise<void>;
  resume(): Promise<void>;
}

let shared: Promise<PostgresServer> | undefined;

export const sharedPostgres = (): Promise<PostgresServer> => (shared ??= startPostgres());

async function startPostgres(): Promise<PostgresServer> {
  const keeper = startKeeper();
  const port = await keeper.hear();
  return {
    createDatabase: () => createDatabase(port),
    halt: () => keeper.order('stop'),
    resume: () => keeper.order('start'),
  };
}

/** The process that keeps the server. */
function startKeeper() {
  const program = fileURLToPath(new URL('postgres-server.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // Pipes of a child are sockets, though their types do not say so.
  const handles = [child, child.stdin as Socket, child.stdout as Socket];
  return {
    async hear(): Promise<number> {
      for (const handle of handles) handle.ref();
      const { value, done } = await answers.next();
      // Between orders it does not keep the tests running: when they end, its standard input closes and it clears up.
      for (const handle of handles) handle.unref();
      const fact = done === true ? {} : (JSON.parse(value) as { port?: number; error?: string });
      if (fact.port === undefined)
        throw new Error(`PostgreSQL: ${fact.error ?? 'its process ended'}`);
      return fact.port;
    },
    async order(command: 'stop' | 'start'): Promise<void> {
      child.stdin.write(`${command}\n`);
      await this.hear();
    },
  };
}

let databases = 0;

async function createDatabase(port: number): Promise<string> {
  const url = (name: string): string => `postgres://postgres:password@127.0.0.1:${port}/${name}`;
  const name = `gatehouse_${(databases += 1)}`;
  const client = new pg.Client({ connectionString: url('postgres') });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return url(name);
}
