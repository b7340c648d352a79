/**
 * The PostgreSQL of the tests. `npm test` starts one for all test files, see `whole-run.ts`; a file that is run alone starts
 * its own. Nothing is shared but the server: every test makes databases of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export interface PostgresServer {
  readonly port: number;
  /** The URL of a new, empty database. */
  createDatabase(): Promise<string>;
  /** The URL of a new one with the tables of this version: a copy, which takes a fraction of the migrations' time. */
  createMigrated(): Promise<string>;
}

export interface OwnPostgres extends PostgresServer {
  /** Cuts every connection. */
  halt(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the server and deletes its data. Without it both happen when this process ends. */
  remove(): Promise<void>;
}

/** In the environment of a test file, the port of the server of the whole run. */
export const PORT_VARIABLE = 'TEST_POSTGRES_PORT';

let shared: Promise<PostgresServer> | undefined;

export const sharedPostgres = (): Promise<PostgresServer> => (shared ??= findPostgres());

async function findPostgres(): Promise<PostgresServer> {
  const port = Number(process.env[PORT_VARIABLE] ?? 0);
  if (port === 0) return ownPostgres();
  await dropOrphans(port);
  return databasesAt(port);
}

const databasesAt = (port: number): PostgresServer => ({
  port,
  createDatabase: () => createDatabase(port),
  async createMigrated() {
    await makeTemplate(port);
    return createDatabase(port, `template ${TEMPLATE}`);
  },
});

/** A server that no other test file uses, for tests that halt it. */
export async function ownPostgres({ isDurable = false } = {}): Promise<OwnPostgres> {
  const keeper = startKeeper(isDurable ? ['--durable'] : []);
  const port = await keeper.hear();
  return {
    ...databasesAt(port),
    halt: () => keeper.order('stop'),
    resume: () => keeper.order('start'),
    remove: () => keeper.end(),
  };
}

/** The process that keeps the server. */
function startKeeper(args: readonly string[]) {
  const program = fileURLToPath(new URL('postgres-server.ts', import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
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
    async end(): Promise<void> {
      child.ref();
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
}

const urlOf = (port: number, name: string): string =>
  `postgres://postgres:password@127.0.0.1:${port}/${name}`;

async function withClient<Result>(
  port: number,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: urlOf(port, 'postgres') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

let databases = 0;

/** Its name says which process may use it. */
async function createDatabase(port: number, how = ''): Promise<string> {
  const name = `gatehouse_${process.pid}_${(databases += 1)}`;
  await withClient(port, (client) => client.query(`create database ${name} ${how}`));
  return urlOf(port, name);
}

const TEMPLATE = 'migrated';

/** Made by the first who asks, while others wait, and whole as soon as it has its name. */
const makeTemplate = (port: number): Promise<void> =>
  withClient(port, async (client) => {
    await client.query('select pg_advisory_lock(2)');
    const { rows } = await client.query(`select from pg_database where datname = '${TEMPLATE}'`);
    if (rows.length > 0) return;
    await client.query(`drop database if exists ${TEMPLATE}_half`);
    await client.query(`create database ${TEMPLATE}_half`);
    await migrate(urlOf(port, `${TEMPLATE}_half`));
    await client.query(`alter database ${TEMPLATE}_half rename to ${TEMPLATE}`);
  });

async function migrate(databaseUrl: string): Promise<void> {
  const { openStorage } = await import('../../src/storage/storage.ts');
  const storage = await openStorage({ dataDirectory: '', databaseUrl, clock: () => 0 });
  await storage.migrate();
  await storage.close();
}

/** Drops the databases of test files that have ended, or a whole run would leave gigabytes until its end. */
const dropOrphans = (port: number): Promise<void> =>
  withClient(port, async (client) => {
    // One file at a time; the lock ends with the connection.
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock(1) mine');
    if (rows[0]?.mine !== true) return;
    const found = await client.query<{ datname: string }>(
      String.raw`select datname from pg_database where datname like 'gatehouse\_%'`,
    );
    for (const { datname } of found.rows) {
      if (!isAlive(Number(datname.split('_')[1])))
        await client.query(`drop database ${datname} with (force)`);
    }
  });

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
