/** What a request is about stands when it arrives, whatever becomes of its connection. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { createLogger } from '../../src/http/logger.ts';
import type { RequestFacts } from '../../src/http/request-facts.ts';
import { createServer } from '../../src/http/server.ts';

let server: Awaited<ReturnType<typeof createServer>>;
let port: number;
let seen: RequestFacts[];
beforeEach(async () => {
  seen = [];
  server = await createServer({
    config: {
      baseUrl: 'http://localhost',
      bodyLimitBytes: 1000,
      requestTimeoutSeconds: 5,
      mostConnections: 1000,
      mostConnectionsPerAddress: 1000,
      trustedProxies: [],
    },
    logger: createLogger({ level: 'silent' }),
  });
  server.get('/slow', async (request) => {
    await delay(100);
    seen.push(request.facts);
    return {};
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const [at] = server.addresses();
  port = typeof at === 'object' ? at.port : 0;
});
afterEach(() => server.close());

const connected = (): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => undefined);
  });

test('a handler that goes on after the reset has the address', async () => {
  const socket = await connected();
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\nUser-Agent: Some/1\r\n\r\n');
  await delay(30);
  socket.resetAndDestroy();
  await delay(200);
  assert.deepEqual(
    seen.map(({ address, agent }) => [address, agent]),
    [['127.0.0.1', 'Some/1']],
  );
  assert.notEqual(seen[0]?.id, '');
});

test('a connection without an address is closed before it is read', async () => {
  let isAnswered = false;
  const nowhere = new Duplex({
    read: () => undefined,
    write(_chunk, _encoding, done) {
      isAnswered = true;
      done();
    },
  });
  server.server.emit('connection', nowhere);
  nowhere.push('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await delay(250);
  assert.ok(nowhere.destroyed);
  assert.equal(isAnswered, false);
  assert.deepEqual(seen, []);
});
