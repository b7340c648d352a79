import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { canOthersReach } from '../support/reachable-postgres.ts';
import { ENGINES } from '../storage/places.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { Gatehouse } from './gatehouse.ts';

let gatehouse: Gatehouse;
beforeEach(() => {
  gatehouse = new Gatehouse();
});
afterEach(() => gatehouse.remove());

const me = (base: string, token: string): Promise<Response> =>
  fetch(`${base}/v2/me`, { headers: { authorization: `Bearer ${token}` } });

test('the first start makes what it needs, for its own user alone, and says where it listens', async () => {
  const server = await gatehouse.serve();
  const { base, said } = server;
  assert.equal((await fetch(`${base}/readyz`)).status, 200);
  const modeOf = (...path: string[]) => statSync(join(gatehouse.directory, ...path)).mode & 0o777;
  assert.equal(modeOf('data'), 0o700);
  assert.equal(modeOf('data', 'master-secret'), 0o600);
  assert.equal(modeOf('data', 'gatehouse.db'), 0o600);
  assert.match(said.stdout, new RegExp(`^Gatehouse is listening on ${base}$`, 'm'));
  assert.equal(said.stderr, '');
  assert.equal(await server.stop('SIGINT'), 0);
});

test('what is seldom meant is said on standard error, and --config names the file', async () => {
  gatehouse.write('other.yaml', 'brand: { name: Acme }\nmail: { from: acme@localhost }\n');
  gatehouse.env['GATEHOUSE_SMTP_URL'] = 'smtp://127.0.0.1:9';
  const { base, said } = await gatehouse.serve(['--config', 'other.yaml']);
  assert.match(said.stdout, new RegExp(`^Acme is listening on ${base}$`, 'm'));
  assert.doesNotMatch(said.stdout, /mailbox/);
  assert.equal(
    said.stderr,
    'warning: mail.from is acme@localhost: most servers refuse mail from localhost\n',
  );
});

test('a file in place of the data directory is named, whatever the command', async () => {
  gatehouse.write('data', '');
  const commands = [['serve'], ['migrate'], ['user', 'list']];
  for (const secret of [undefined, 'ab'.repeat(32)]) {
    if (secret !== undefined) gatehouse.env['GATEHOUSE_MASTER_SECRET'] = secret;
    for (const command of commands) {
      const { code, stderr } = await gatehouse.run(command);
      assert.notEqual(code, 0);
      const place = join(gatehouse.directory, 'data');
      assert.ok(stderr.includes(`${place}: found a file, expected the data directory`), stderr);
      assert.match(stderr, /GATEHOUSE_DATA_DIRECTORY\n$/);
    }
  }
});

test('a port that is taken is named, with what changes it, and nothing stays open', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  gatehouse.env['GATEHOUSE_HOST'] = '127.0.0.1';
  gatehouse.env['GATEHOUSE_PORT'] = String(port);
  const { code, stderr } = await gatehouse.run(['serve']);
  other.close();
  assert.equal(code, 1);
  assert.equal(
    stderr,
    `gatehouse: port ${port} of 127.0.0.1 is in use by another program; end it, or set server.port in gatehouse.yaml or GATEHOUSE_PORT\n`,
  );
});

test('an address of another machine is named too', async () => {
  gatehouse.env['GATEHOUSE_HOST'] = '192.0.2.1';
  const { code, stderr } = await gatehouse.run(['serve']);
  assert.equal(code, 1);
  assert.match(stderr, /of 192\.0\.2\.1 is not an address of this machine; set server\.host/);
});

test('every mistake of the configuration is told with its line, without a stack', async () => {
  gatehouse.write('gatehouse.yaml', 'server:\n  port: many\n  hots: localhost\n');
  gatehouse.env['GATEHOUSE_PROT'] = '4000';
  const { code, stdout, stderr } = await gatehouse.run(['serve']);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  const lines = stderr.trimEnd().split('\n');
  assert.equal(lines.length, 3, stderr);
  assert.ok(lines.some((line) => line.startsWith('gatehouse.yaml:2:3 server.port: ')));
  assert.ok(lines.some((line) => line.startsWith('gatehouse.yaml:3:3 server.hots: ')));
  assert.ok(lines.some((line) => line.startsWith('GATEHOUSE_PROT: unknown variable')));
});

for (const engine of ENGINES)
  test(`a running server follows the command line, however often it was asked: ${engine}`, async () => {
    gatehouse.write('gatehouse.yaml', 'rate_limit: { requests: 1000000 }\n');
    if (engine === 'postgres')
      gatehouse.env['GATEHOUSE_DATABASE_URL'] = await (await sharedPostgres()).createDatabase();
    await gatehouse.user('ada@example.com');
    const token = await gatehouse.token('ada@example.com');
    const { base } = await gatehouse.serve();
    const scopes = async (): Promise<number> => {
      const answer = await fetch(`${base}/v2/token`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const body: { scopes: readonly string[] } = await answer.json();
      return body.scopes.length;
    };
    const all = await scopes();
    const isRefused = async (): Promise<boolean> => (await me(base, token)).status === 401;
    await follows(
      ['user', 'role', 'ada@example.com', 'viewer'],
      async () => (await scopes()) < all,
    );
    await follows(['user', 'suspend', 'ada@example.com'], isRefused);
    await follows(
      ['user', 'resume', 'ada@example.com', '--earlier', 'keep'],
      async () => !(await isRefused()),
    );
    const id = token.slice('gate_pat_'.length, 'gate_pat_'.length + 12);
    await follows(['token', 'revoke', id], isRefused);
  });

/** Asks all the time, so that the server always has a fresh answer at hand that it must give up. */
async function follows(args: readonly string[], isSeen: () => Promise<boolean>): Promise<void> {
  assert.equal(await isSeen(), false);
  const asked = new AbortController();
  const asking = (async () => {
    while (!asked.signal.aborted) await isSeen().then(() => wait(20));
  })();
  await gatehouse.done(args);
  await until(isSeen, args.join(' '));
  asked.abort();
  await asking;
}

test('told to end, it answers what is under way, writes the counts and ends with 0', async () => {
  await gatehouse.user('ada@example.com');
  const token = await gatehouse.token('ada@example.com');
  const server = await gatehouse.serve();
  const { base } = server;
  assert.equal((await me(base, token)).status, 200);

  const socket = connect(Number(new URL(base).port), 'localhost').setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => {
    answer += text;
  });
  const body = JSON.stringify({
    description: 'made late',
    scopes: ['asset.read'],
    expires_in: 3600,
  });
  const head = `POST /v2/tokens HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json`;
  socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 9)}`);
  await wait(200);
  const stopped = server.stop();
  await wait(300);
  assert.equal(server.process.exitCode, null);
  await assert.rejects(fetch(base), 'no more connections');
  socket.write(body.slice(9));
  await once(socket, 'close');
  assert.match(answer, /^HTTP\/1\.1 201 /);
  assert.equal(await stopped, 0);

  const listed = await gatehouse.json(['token', 'list']);
  assert.ok(Array.isArray(listed));
  assert.deepEqual(
    listed.map(({ description, last_used_at: at }) => [description, at !== null]),
    [
      ['made late', false],
      ['nightly export', true],
    ],
  );
});

/** As `npm start` does it: npm, a shell, the server. A signal to npm ends the shell and nothing else. */
const BETWEEN = `
  const options = { stdio: 'inherit' };
  console.error(child_process.spawn(process.execPath, process.argv.slice(1), options).pid);
`;

test('it ends in order with the npm that started it', async () => {
  gatehouse.env['npm_lifecycle_event'] = 'start';
  gatehouse.node = ['--eval', BETWEEN, '--'];
  const server = await gatehouse.serve();
  const orphan = Number(server.said.stderr);
  const stopped = server.stop('SIGTERM').then(() => 'stopped');
  const outcome = await Promise.race([stopped, wait(5000, 'still there')]);
  if (outcome !== 'stopped') process.kill(orphan, 'SIGKILL');
  assert.equal(outcome, 'stopped');
  assert.match(server.said.stdout, /"msg":"stopped"/);
});

const isRoot = process.getuid?.() === 0;
/** Root is stopped by no mode, and `nobody` cannot reach a program in a directory that is for its owner alone. */
const meetsModes = !isRoot || (await canOthersReach(import.meta.dirname));

test('a data directory that cannot be made or used is named at once, whatever the command', async () => {
  const closed = join(gatehouse.directory, 'closed');
  mkdirSync(closed, { mode: 0o500 });
  chmodSync(gatehouse.directory, 0o755);
  gatehouse.isProgram = true;
  if (isRoot && meetsModes) gatehouse.as = { uid: 65_534, gid: 65_534 };
  gatehouse.env['GATEHOUSE_MASTER_SECRET'] = 'ab'.repeat(32);
  for (const [place, command] of [
    ['/proc/x', 'serve'],
    ['/proc/x', 'doctor'],
    // Elsewhere test/kit/data-directory.test.ts asks it as `nobody` within its own process.
    ...(meetsModes ? ([[closed, 'serve']] as const) : []),
  ] as const) {
    gatehouse.env['GATEHOUSE_DATA_DIRECTORY'] = place;
    const { code, stdout, stderr } = await gatehouse.run([command]);
    assert.notEqual(code, 0, place);
    assert.match(stdout + stderr, /cannot be (made|used) \(E\w+: .*GATEHOUSE_DATA_DIRECTORY/);
    assert.doesNotMatch(stderr, /^\s+at /m);
  }
});

test('a metrics port that is taken is named as that of the metrics', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  gatehouse.env['GATEHOUSE_METRICS_PORT'] = String(port);
  const { code, stderr } = await gatehouse.run(['serve']);
  other.close();
  assert.equal(code, 1);
  assert.equal(
    stderr,
    `gatehouse: the metrics listener: port ${port} of 127.0.0.1 is in use by another program; end it, or set metrics.port in gatehouse.yaml or GATEHOUSE_METRICS_PORT\n`,
  );
  gatehouse.env['GATEHOUSE_METRICS_HOST'] = '192.0.2.1';
  assert.match(
    (await gatehouse.run(['serve'])).stderr,
    /of 192\.0\.2\.1 is not .* set metrics\.host/,
  );
});
