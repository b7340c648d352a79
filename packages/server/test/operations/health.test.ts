import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { ownPostgres, sharedPostgres } from '../support/postgres.ts';
import { startApp } from '../support/running-app.ts';

const askOf =
  (base: string) =>
  async (path: string): Promise<readonly [number, unknown]> => {
    const answer = await fetch(base + path);
    return [answer.status, await answer.json()];
  };

const OK = [200, { status: 'ok' }];
const UNAVAILABLE = [503, { status: 'unavailable' }];

test('a server whose database is away is alive and not ready, until it is back', async () => {
  const postgres = await ownPostgres();
  const env = { GATEHOUSE_DATABASE_URL: await postgres.createDatabase() };
  const running = await startApp({ env });
  const ask = askOf(running.base);
  assert.deepEqual(await ask('/readyz'), OK);
  await postgres.halt();
  assert.deepEqual(await ask('/healthz'), OK);
  assert.deepEqual(await ask('/readyz'), UNAVAILABLE);
  // Balancers read the status; people find the reason in the log.
  assert.match(running.log.join(''), /the database does not answer/);
  await postgres.resume();
  assert.deepEqual(await ask('/readyz'), OK);
  await running.stop();
});

/** Passes everything on to `port` until it is told to hold its breath. */
async function openRelay(port: number) {
  const sockets: Socket[] = [];
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    for (const socket of [from, to]) socket.on('error', () => undefined);
    sockets.push(from, to);
    from.pipe(to);
    to.pipe(from);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return {
    port: address.port,
    hold() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test('a database that takes questions and never answers is away too', async () => {
  const postgres = await sharedPostgres();
  const url = new URL(await postgres.createDatabase());
  const relay = await openRelay(Number(url.port));
  url.port = String(relay.port);
  const running = await startApp({ env: { GATEHOUSE_DATABASE_URL: url.href } });
  const ask = askOf(running.base);
  assert.deepEqual(await ask('/readyz'), OK);
  relay.hold();
  assert.deepEqual(await ask('/readyz'), UNAVAILABLE);
  assert.deepEqual(await ask('/healthz'), OK);
  relay.close();
  await running.stop();
});
