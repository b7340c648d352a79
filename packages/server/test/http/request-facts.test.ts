/** What a request is about stands when it arrives, whatever becomes of its connection. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import { createLogger } from '../../src/http/logger.ts';
import type { RequestFacts } from '../../src/http/request-facts.ts';
import { createServer } from '../../src/http/server.ts';
import { until } from '../support/until.ts';

let server: Awaited<ReturnType<typeof createServer>>;
let port: number;
let seen: RequestFacts[];
let isThere: boolean;
let goOn: () => void;
beforeEach(async () => {
  seen = [];
  isThere = false;
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
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
    isThere = true;
    await mayGoOn;
    seen.push(request.facts);
    return {};
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const [at] = server.addresses();
  port = typeof at === 'object' ? at.port : 0;
});
afterEach(() => server.close());

const connections = (): Promise<number> =>
  new Promise((resolve, reject) => {
    server.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

const connected = (): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => undefined);
  });

test('a handler that goes on after the reset has the address', async () => {
  const socket = await connected();
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\nUser-Agent: Some/1\r\n\r\n');
  await until(() => isThere, 'the handler');
  socket.resetAndDestroy();
  await until(async () => (await connections()) === 0, 'the reset');
  goOn();
  await until(() => seen.length > 0, 'the end of the handler');
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
  goOn();
  await until(() => nowhere.destroyed, 'the end of the connection');
  assert.equal(isAnswered, false);
  assert.deepEqual(seen, []);
});
