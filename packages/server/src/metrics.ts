/** Prometheus figures on a listener of their own, off unless configured. Labels are bounded: route patterns, outcomes, never ids. */
import { createServer } from 'node:http';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { App } from './app.ts';

export interface MetricsListener {
  readonly port: number;
  close(): Promise<void>;
}

const SECONDS_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

export async function startMetrics(
  app: App,
  listen: { host: string; port: number },
): Promise<MetricsListener> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  observeRequests(app, registry);
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(listen.port, listen.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : listen.port;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, close };
}

function observeRequests(app: App, registry: Registry): void {
  const registers = [registry];
  const requests = new Counter({
    name: 'gatehouse_http_requests_total',
    help: 'Answered requests by route pattern, method and status class',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'gatehouse_http_request_seconds',
    help: 'Time to answer by route pattern',
    labelNames: ['route'],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  app.server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    requests.inc({ route, method: request.method, status });
    seconds.observe({ route }, reply.elapsedTime / 1000);
    done();
  });
}
