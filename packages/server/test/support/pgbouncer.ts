/** A real PgBouncer before the PostgreSQL of the tests, where one is installed. The gate installs it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';
import { skipWithout } from './tools.ts';

export interface PgBouncer {
  /** The same database through it. */
  through(databaseUrl: string): string;
  stop(): Promise<void>;
}

export type PoolMode = 'transaction' | 'session';

const NOBODY = 65_534;

/** Some distributions keep it where only root looks. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;

/** As numbers; `null` where it is not installed. */
export function pgBouncerVersion(): readonly [number, number] | null {
  const { stdout, error } = spawnSync('pgbouncer', ['--version'], { env: { PATH } });
  const [, major, minor] = /PgBouncer (\d+)\.(\d+)/.exec(String(stdout ?? '')) ?? [];
  return error === undefined && major !== undefined ? [Number(major), Number(minor)] : null;
}

/** For `describe` and `test`: why they are skipped. */
export const withoutPgBouncer = (): string | false =>
  skipWithout(pgBouncerVersion() !== null, 'PgBouncer (Debian: apt-get install pgbouncer)');

/** `preparedStatements`: how many it keeps for a client, where it is new enough to know the setting. */
export async function startPgBouncer(
  databaseUrl: string,
  { mode, preparedStatements }: { mode: PoolMode; preparedStatements?: number },
): Promise<PgBouncer> {
  const { hostname, port: upstream } = new URL(databaseUrl);
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-pgbouncer-'));
  const port = await freePort();
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: mode,
    // Few, so that one client's transactions run on the sessions of another's.
    default_pool_size: mode === 'transaction' ? 5 : 60,
    // Each suite has a database, and its sessions, for itself.
    server_idle_timeout: 1,
    ...(preparedStatements !== undefined && { max_prepared_statements: preparedStatements }),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const target = `* = host=${hostname} port=${upstream} user=postgres password=password`;
  const file = join(directory, 'pgbouncer.ini');
  await writeFile(file, ['[databases]', target, '[pgbouncer]', ...lines, ''].join('\n'));
  await chmod(directory, 0o755);
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn('pgbouncer', [file], {
    ...user,
    env: { PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (line.includes('process up')) break;
  }
  if (child.exitCode !== null) throw new Error(said.join('\n'));
  child.stderr.resume();
  return {
    through: (url) => Object.assign(new URL(url), { port: String(port) }).href,
    async stop() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
