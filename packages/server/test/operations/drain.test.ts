/** What signals do to a real process: nobody who is served notices its end, and what is no order to end it does not end it. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readConfig } from '../../src/config/read.ts';
import { ENGINES } from '../storage/places.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { open, withProcess, type ServerProcess, type Start } from './process.ts';
import { makeToken } from './token.ts';

const CLIENTS = 20;
const SECRET = 'ab'.repeat(32);

interface Outcomes {
  answered: number;
  /** Answers that end their connection. */
  closing: number;
  readonly bad: string[];
}

/** One client that keeps its connection alive, and asks until nobody listens any more. */
async function askOn(port: number, token: string, seen: Outcomes): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let isOver = false;
  while (!isOver) {
    isOver = await new Promise<boolean>((resolve) => {
      const asked = request({
        agent,
        port,
        host: '127.0.0.1',
        path: '/v2/me',
        headers: { authorization: `Bearer ${token}` },
      });
      asked.on('response', (answer) => {
        answer.resume().on('end', () => resolve(false));
        answer.on('error', (error) => seen.bad.push(`answer: ${error.message}`));
        if (answer.headers.connection === 'close') seen.closing += 1;
        if (answer.statusCode === 200) seen.answered += 1;
        else seen.bad.push(String(answer.statusCode));
      });
      asked.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNREFUSED') seen.bad.push(`${error.code} ${error.message}`);
        resolve(true);
      });
      asked.end();
    });
  }
  agent.destroy();
}

/** Writes down every answer of `/readyz` until it is refused. */
async function watchReady(port: number, statuses: number[]): Promise<void> {
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (answer) => answer.status,
      () => null,
    );
    if (status === null) return;
    statuses.push(status);
    await delay(20);
  }
}

for (const engine of ENGINES)
  describe(engine, () => {
    const signal = engine === 'sqlite' ? 'SIGTERM' : 'SIGQUIT';
    test(`${signal} under load: not ready first, then no reset and no 5xx to ${CLIENTS} clients`, async () => {
      const database =
        engine === 'sqlite'
          ? {}
          : { GATEHOUSE_DATABASE_URL: await (await sharedPostgres()).createMigrated() };
      const env = {
        ...database,
        GATEHOUSE_MASTER_SECRET: SECRET,
        GATEHOUSE_LOG_REQUESTS: 'false',
        GATEHOUSE_DRAIN_SECONDS: '1',
      };
      let token = '';
      const prepare = async (directory: string): Promise<void> => {
        token = (await makeToken(readConfig({ env, directory }))).value;
      };
      const yaml = 'rate_limit: { requests: 1000000 }\n';
      await withProcess({ env, yaml, prepare }, async ({ child, port, exited, output }) => {
        const seen: Outcomes = { answered: 0, closing: 0, bad: [] };
        const clients = Array.from({ length: CLIENTS }, () => askOn(port, token, seen));
        await until(() => seen.answered >= 500, 'answers');
        assert.equal(seen.closing, 0);
        const statuses: number[] = [];
        const refused = watchReady(port, statuses);
        await until(() => statuses.length > 1, 'an answer of /readyz');
        child.kill(signal);
        await Promise.all(clients);
        assert.deepEqual(seen.bad, []);
        assert.ok(seen.closing >= CLIENTS, String(seen.closing));
        await refused;
        assert.equal(statuses[0], 200);
        assert.ok(statuses.includes(503), statuses.join(' '));
        assert.equal(await exited, 0);
        assert.match(output(), /"msg":"stopped"/);
      });
    });
  });

const withDrain = (
  seconds: number,
  act: (server: ServerProcess) => Promise<void>,
  start: Start = {},
) =>
  withProcess({ ...start, env: { ...start.env, GATEHOUSE_DRAIN_SECONDS: String(seconds) } }, act);

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

test('while it drains, pages, API, refusals and new connections are answered, each for the last time', async () => {
  await withDrain(5, async ({ child, port, exited }) => {
    const early = await open(port);
    child.kill('SIGTERM');
    const isReady = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status !== 503;
    await until(async () => !(await isReady()), '503 at /readyz');
    for (const path of ['/healthz', '/sign-in', '/v2/me', '/nothing', '/%zz', '/health']) {
      const connection = await open(port);
      connection.socket.write(GET(path) + GET('/healthz'));
      const answer = await connection.closed;
      assert.match(answer, /^HTTP\/1\.1 (200|4\d\d) [^]*\r\nconnection: close\r\n/i, path);
      assert.equal(answer.match(/^HTTP\/1\.1 /gm)?.length, 1, path);
    }
    early.socket.write(GET('/healthz'));
    assert.match(await early.closed, /^HTTP\/1\.1 200 [^]*connection: close/i);
    child.kill('SIGKILL');
    await exited;
  });
});

test('a second signal ends it at once', async () => {
  await withDrain(60, async ({ child, exited, output }) => {
    child.kill('SIGTERM');
    await delay(400);
    assert.equal(child.exitCode, null);
    child.kill('SIGTERM');
    assert.equal(await exited, 1);
    assert.match(output(), /a second signal: ending at once/);
  });
});

test('one press that arrives twice, as terminals and parents send it, is one signal', async () => {
  await withDrain(0, async ({ child, exited }) => {
    child.kill('SIGINT');
    child.kill('SIGTERM');
    assert.equal(await exited, 0);
  });
});

test('HUP, USR1, USR2 and PIPE are told in the log at most, and end nothing', async () => {
  await withDrain(0, async ({ child, port, exited, output }) => {
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE'] as const) {
      child.kill(signal);
      if (signal === 'SIGPIPE') continue;
      await until(() => output().includes(`"signal":"${signal}"`), signal);
    }
    assert.match(output(), /not supported for now/);
    assert.doesNotMatch(output(), /Debugger listening/);
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
    child.kill('SIGTERM');
    assert.equal(await exited, 0);
  });
});

test('a reader of the log that is gone ends nothing', async () => {
  await withDrain(0, async ({ child, port, exited }) => {
    child.stdout?.destroy();
    child.stderr?.destroy();
    for (let times = 0; times < 20; times += 1) {
      assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
      await delay(10);
    }
    child.kill('SIGTERM');
    assert.equal(await exited, 0);
  });
});
