/** The policy for failures that no code handled, kept by a real process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { openUnderWay, refuses, withProcess, type ServerProcess } from './process.ts';

const FAULTS = new URL('./uncaught-faults.ts', import.meta.url).href;
const BODY = 'email=ada%40example.com&password=wrong';
const HEAD = `POST /sign-in HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${BODY.length}\r\n\r\n`;

async function withFaults(
  act: (server: ServerProcess, scrape: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const metrics = await freePort();
  const env = {
    NODE_OPTIONS: `--import=${FAULTS}`,
    GATEHOUSE_METRICS_PORT: String(metrics),
    GATEHOUSE_HOST: '127.0.0.1',
  };
  const scrape = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
  await withProcess({ env }, (server) => act(server, scrape));
}

/** The lines of the log at `error` and above, as soon as there is one with these words. */
async function errorsOf(
  server: ServerProcess,
  words: string,
  count = 1,
): Promise<readonly string[]> {
  const errors = () =>
    server
      .output()
      .split('\n')
      .filter((line) => /"level":(50|60)/.test(line));
  const told = () => errors().filter((line) => line.includes(words)).length;
  await until(() => told() >= count, `${count} lines with "${words}"`);
  return errors();
}

const isServing = async ({ port }: ServerProcess): Promise<boolean> =>
  (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;

test('a rejection that nobody waited for is logged and counted, and the server goes on', async () => {
  await withFaults(async (server, scrape) => {
    server.child.kill('SIGUSR2');
    await errorsOf(server, 'a rejection was not handled');
    server.child.kill('SIGUSR2');
    const errors = await errorsOf(server, 'a rejection was not handled', 2);
    assert.equal(errors.length, 2);
    assert.match(errors[0] ?? '', /nobody waits for this/);
    assert.match(await scrape(), /^gatehouse_uncaught_total\{kind="rejection"\} 2$/m);
    assert.ok(await isServing(server));
    server.child.kill('SIGTERM');
    assert.equal(await server.exited, 0, 'its state is right, and so is its end');
  });
});

test('so is a connection that failed where nobody listened', async () => {
  await withFaults(async (server, scrape) => {
    server.child.kill('SIGWINCH');
    await errorsOf(server, 'a connection failed');
    assert.match(await scrape(), /^gatehouse_uncaught_total\{kind="connection"\} 1$/m);
    assert.ok(await isServing(server));
    server.child.kill('SIGTERM');
    assert.equal(await server.exited, 0);
  });
});

test('after any other exception requests under way are finished, and the process exits with 1', async () => {
  await withFaults(async (server, scrape) => {
    const request = await openUnderWay(server.port, HEAD + BODY.slice(0, 10));
    server.child.kill('SIGHUP');
    const errors = await errorsOf(server, 'an exception was not handled');
    assert.match(errors[0] ?? '', /nobody catches this/);
    assert.equal(server.child.exitCode, null, 'it waits for the request');
    await refuses(server.port);
    request.socket.write(BODY.slice(10));
    assert.match(await request.until('\r\n\r\n'), /^HTTP\/1\.1 (200|4\d\d) /);
    assert.equal(await server.exited, 1);
    assert.equal((await errorsOf(server, 'an exception')).length, 1);
    await assert.rejects(scrape(), 'the metrics are closed too');
  });
});
