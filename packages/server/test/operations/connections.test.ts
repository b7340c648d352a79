/** Nobody uses up the connections of the server or of its metrics, with real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openApp } from '../../src/compose/app.ts';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read.ts';
import { withinDescriptors } from '../../src/http/connections.ts';
import { createLogger } from '../../src/http/logger.ts';
import { startMetrics } from '../../src/compose/metrics.ts';
import { freePort } from '../support/free-port.ts';
import { startApp, type RunningApp } from '../support/running-app.ts';

const sockets: Socket[] = [];
after(() => {
  for (const socket of sockets) socket.destroy();
});

/** Whether the server keeps it, seen from an answer. */
interface Idle {
  readonly socket: Socket;
  readonly isOpen: () => boolean;
}

async function openIdle(port: number, localAddress: string): Promise<Idle> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.resume();
  let isOpen = true;
  socket.on('close', () => {
    isOpen = false;
  });
  await once(socket, 'connect');
  return { socket, isOpen: () => isOpen };
}

/** The status of an answer on a new connection; `null`: it was closed without one. */
function ask(port: number, path: string, localAddress: string): Promise<number | null> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  sockets.push(socket);
  return new Promise((resolve) => {
    let text = '';
    socket.on('error', () => resolve(null));
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('close', () => {
      const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
      resolve(status === undefined ? null : Number(status));
    });
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  });
}

async function within(
  change: Partial<Config['server']>,
  act: (port: number, running: RunningApp) => Promise<void>,
): Promise<void> {
  const running = await startApp({
    change: (config) => ({ ...config, server: { ...config.server, host: '127.0.0.1', ...change } }),
  });
  try {
    await act(Number(new URL(running.base).port), running);
  } finally {
    for (const socket of sockets.splice(0)) socket.destroy();
    await running.stop();
  }
}

test('one address has its share, and others are served', async () => {
  await within({ mostConnections: 20, mostConnectionsPerAddress: 5 }, async (port) => {
    const idle: Idle[] = [];
    for (let n = 0; n < 5; n += 1) idle.push(await openIdle(port, '127.0.0.1'));
    assert.equal(await ask(port, '/healthz', '127.0.0.1'), null);
    assert.equal(await ask(port, '/healthz', '127.0.0.2'), 200);
    assert.ok(
      idle.every(({ isOpen }) => isOpen()),
      'those that are there stay',
    );
    idle[0]?.socket.destroy();
    // The server hears of it at its own time.
    while ((await ask(port, '/healthz', '127.0.0.1')) !== 200);
  });
});

test('a trusted proxy brings many, up to the limit of all', async () => {
  const limits = { mostConnections: 20, mostConnectionsPerAddress: 5 };
  await within({ ...limits, trustedProxies: ['127.0.0.1'] }, async (port) => {
    for (let n = 0; n < 20; n += 1) await openIdle(port, '127.0.0.1');
    assert.equal(await ask(port, '/healthz', '127.0.0.1'), null);
    assert.equal(await ask(port, '/healthz', '127.0.0.2'), null);
  });
});

test('when all are taken, those that wait between two requests make room', async () => {
  const limits = { mostConnections: 4, mostConnectionsPerAddress: 2 };
  await within({ ...limits, trustedProxies: ['127.0.0.1'] }, async (port) => {
    for (let n = 0; n < 4; n += 1) {
      const { socket } = await openIdle(port, '127.0.0.1');
      socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
      await once(socket, 'data');
    }
    while ((await ask(port, '/healthz', '127.0.0.2')) !== 200);
  });
});

test('the metrics listener has limits and timeouts of its own', async () => {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-metrics-'));
  const config = readConfig({ env: {}, directory });
  const app = await openApp({ config, logger: createLogger({ level: 'silent' }) });
  const metrics = await startMetrics(app, { host: '127.0.0.1', port });
  try {
    for (let n = 0; n < 8; n += 1) await openIdle(port, '127.0.0.1');
    assert.equal(await ask(port, '/metrics', '127.0.0.1'), null);
    assert.equal(await ask(port, '/metrics', '127.0.0.2'), 200);
  } finally {
    for (const socket of sockets.splice(0)) socket.destroy();
    await metrics.close();
    await app.close();
  }
});

test('a small limit of descriptors leaves room for the database and for others', () => {
  const asked = { most: 4096, mostPerAddress: 256 };
  assert.deepEqual(withinDescriptors(asked, 256), { most: 192, mostPerAddress: 96 });
  assert.deepEqual(withinDescriptors(asked, 1_000_000), asked);
  assert.deepEqual(withinDescriptors(asked, 20), { most: 1, mostPerAddress: 1 });
});
