import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readConfig } from '../../src/config/read.ts';
import { listenAt } from '../../src/http/listen.ts';
import { createLogger } from '../../src/http/logger.ts';
import { createServer } from '../../src/http/server.ts';
import { openModules } from '../../src/compose/modules.ts';
import { freePort } from '../support/free-port.ts';
import { open, openUnderWay, refuses, withProcess } from './process.ts';
import { makeToken } from './token.ts';

const HEAD =
  'POST /sign-in HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n';
const BODY = 'email=ada%40example.com&password=wrong';

/** A form whose second half is still on its way. */
async function openHalfSent(port: number, host?: string) {
  const beginning = `${HEAD}content-length: ${BODY.length}\r\n\r\n${BODY.slice(0, 10)}`;
  const connection = await openUnderWay(port, beginning, host);
  return { ...connection, finish: () => connection.socket.write(BODY.slice(10)) };
}

test('a request under way is answered, then the process ends by itself', async () => {
  await withProcess({}, async (server) => {
    const request = await openHalfSent(server.port);
    server.child.kill('SIGTERM');
    await refuses(server.port);
    request.finish();
    assert.match(await request.until('\r\n\r\n'), /^HTTP\/1\.1 (200|4\d\d) /);
    assert.equal(await server.exited, 0);
    assert.doesNotMatch(server.output(), /"level":50/);
  });
});

test('idle connections are closed soon and new ones are refused', async () => {
  await withProcess({}, async (server) => {
    const idle = await open(server.port);
    idle.socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await idle.until('{"status":"ok"}');
    const busy = await openHalfSent(server.port);
    server.child.kill('SIGTERM');
    await idle.closed;
    await refuses(server.port);
    busy.finish();
    assert.match(await busy.closed, /^HTTP\/1\.1 /);
    assert.equal(await server.exited, 0);
  });
});

test('a request that never ends holds the process no longer than shutdown_seconds', async () => {
  await withProcess({ yaml: 'server: { shutdown_seconds: 1 }\n' }, async (server) => {
    const request = await openHalfSent(server.port);
    server.child.kill('SIGTERM');
    assert.equal(await request.closed, '');
    assert.equal(await server.exited, 0);
  });
});

test('a second signal at the same moment changes nothing', async () => {
  await withProcess({}, async (server) => {
    const request = await openHalfSent(server.port);
    server.child.kill('SIGTERM');
    server.child.kill('SIGINT');
    await refuses(server.port);
    request.finish();
    assert.match(await request.until('\r\n\r\n'), /^HTTP\/1\.1 /);
    assert.equal(await server.exited, 0);
  });
});

test('what was noted of the use of tokens is written before the process ends', async () => {
  let token = { id: '', value: '' };
  const prepare = async (directory: string): Promise<void> => {
    token = await makeToken(readConfig({ env: {}, directory }));
  };
  await withProcess({ prepare }, async (server, directory) => {
    const headers = { authorization: `Bearer ${token.value}` };
    const answer = await fetch(`http://127.0.0.1:${server.port}/v2/me`, { headers });
    assert.equal(answer.status, 200);
    server.child.kill('SIGTERM');
    assert.equal(await server.exited, 0);
    const modules = await openModules({ config: readConfig({ env: {}, directory }) });
    const [use] = await modules.storage.usage.uses(token.id, 0);
    await modules.close();
    assert.deepEqual([use?.outcome, use?.count], ['allowed', 1]);
  });
});

test('requests at every address of the host are finished before closing resolves', async () => {
  const trustedProxies: readonly string[] = [];
  const connections = { mostConnections: 100, mostConnectionsPerAddress: 100 };
  const limits = { bodyLimitBytes: 1024, requestTimeoutSeconds: 5, trustedProxies, ...connections };
  const server = await createServer({
    config: { baseUrl: 'http://localhost', ...limits },
    logger: createLogger({ level: 'silent' }),
  });
  server.get('/healthz', () => ({ status: 'ok' }));
  server.post('/sign-in', () => 'answered');
  const port = await freePort();
  const listener = await listenAt(server, { addresses: ['127.0.0.1', '::1'], port });
  const requests = [await openHalfSent(port, '127.0.0.1'), await openHalfSent(port, '::1')];
  let isClosed = false;
  const closing = listener.close(5).finally(() => {
    isClosed = true;
  });
  await delay(300);
  assert.equal(isClosed, false);
  for (const request of requests) {
    request.finish();
    assert.match(await request.until('answered'), /^HTTP\/1\.1 200 /);
  }
  await closing;
  await assert.rejects(open(port, '::1'), /ECONNREFUSED/);
});
