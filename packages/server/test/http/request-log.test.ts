import assert from 'node:assert/strict';
import type { FastifyRequest } from 'fastify';
import { test } from 'node:test';
import { createLogger } from '../../src/http/logger.ts';
import { createRequestLog } from '../../src/http/request-log.ts';

function stage() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line)) };
  const log = createRequestLog(createLogger({ level: 'info', destination }));
  return { lines, log };
}

// As much of a request as the log reads.
const request = (id: string, method = 'GET', url?: string) =>
  ({ id, method, routeOptions: { url }, begunAt: 0 }) as unknown as FastifyRequest;

test('a line tells which request, of what kind, how it ended and how long it took', () => {
  const { lines, log } = stage();
  const asked = request('one', 'GET', '/v2/token');
  log.begin(asked);
  log.end(asked, 200);
  const [line] = lines;
  assert.equal(line?.['reqId'], 'one');
  assert.equal(line?.['method'], 'GET');
  assert.equal(line?.['route'], '/v2/token');
  assert.equal(line?.['status'], 200);
  assert.equal(typeof line?.['ms'], 'number');
  assert.equal(line?.['msg'], 'request');
});

test('what is answered twice has one line', () => {
  const { lines, log } = stage();
  const asked = request('one');
  log.begin(asked);
  log.end(asked, 200);
  log.end(asked, 500);
  assert.equal(lines.length, 1);
});

test('lines keep to their own kind, also when there are more kinds than are remembered', () => {
  const { lines, log } = stage();
  for (let round = 0; round < 2; round++) {
    for (let kind = 0; kind < 2500; kind++) {
      const asked = request(`${kind}`, `M${kind}`);
      log.begin(asked);
      log.end(asked, 404);
    }
  }
  assert.equal(lines.length, 5000);
  assert.ok(
    lines.every(({ reqId, method, route }) => method === `M${String(reqId)}` && route === null),
  );
});
