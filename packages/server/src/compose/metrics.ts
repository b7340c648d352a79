/** Prometheus figures on a listener of their own, off unless configured. Labels are bounded: route patterns, outcomes, never ids. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { App } from './app.ts';
import { boundConnections } from '../http/connections.ts';
import { registerFigures } from './figures.ts';
import { createFaultOfHead } from '../http/head.ts';
import { ListenFailed } from '../http/listen.ts';
import { boundUnreadBodies } from '../http/unread-body.ts';

export interface MetricsListener {
  readonly port: number;
  close(): Promise<void>;
}

const SECONDS_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];
const ALLOWED: ReadonlySet<string> = new Set(['GET', 'HEAD']);
/** Anybody may send any of the thirty-odd methods that Node parses. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

/** A scraper or two, and a person who looks. */
const LIMITS = { most: 32, mostPerAddress: 8 };
const TIMEOUTS = {
  requestTimeout: 10_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 2500,
};

/** Call before the app listens: requests are observed by a hook, which a server takes only until then. */
export async function startMetrics(
  app: App,
  listen: { host: string; port: number },
): Promise<MetricsListener> {
  const registry = createRegistry(app);
  const faultOf = createFaultOfHead();
  const server = createServer(TIMEOUTS, (request, response) => {
    const refusal = faultOf(request) === null ? refusalOf(request) : { status: 400 };
    if (refusal !== null) {
      response.writeHead(refusal.status, refusal.headers).end();
      return;
    }
    registry
      .metrics()
      .then((text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text))
      .catch(() => (response.headersSent ? response.destroy() : response.writeHead(500).end()));
  });
  boundUnreadBodies(server);
  boundConnections(server, LIMITS);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => reject(new ListenFailed('metrics', error));
    server.once('error', fail).listen(listen.port, listen.host, resolve);
  });
  // A connection that could not be accepted; without a listener it would end the process.
  server.on('error', () => undefined);
  return { port: portOf(server) ?? listen.port, close: () => closeAtOnce(server) };
}

interface EarlyAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `null` for what is asked for its figures. */
function refusalOf({ url, method = '' }: IncomingMessage): EarlyAnswer | null {
  if (url?.split('?', 1)[0] !== '/metrics') return { status: 404 };
  return ALLOWED.has(method) ? null : { status: 405, headers: { allow: [...ALLOWED].join(', ') } };
}

export function createRegistry(app: App): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerFigures(registry, app);
  observeRequests(app, registry);
  return registry;
}

function observeRequests(app: App, registry: Registry): void {
  const registers = [registry];
  const requests = new Counter({
    name: 'gatehouse_http_requests_total',
    help: 'Answered requests by route pattern, method and status',
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
    const method = METHODS.has(request.method) ? request.method : 'other';
    requests.inc({ route, method, status: String(reply.statusCode) });
    seconds.observe({ route }, reply.elapsedTime / 1000);
    done();
  });
}

function portOf(server: Server): number | null {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : null;
}

function closeAtOnce(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
