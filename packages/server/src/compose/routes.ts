/** Every URL of the system, in one table, registered by one function that refuses a route without declared access. */
import type { FastifyInstance } from 'fastify';
import type { Api } from '../api/api.ts';
import { registerRoutes } from '../http/register-routes.ts';
import type { Route } from '../http/route.ts';
import { inTime } from '../kit/in-time.ts';
import type { Portal } from '../portal/portal.ts';
import type { Modules } from './modules.ts';

export interface System {
  readonly api: Api;
  readonly portal: Portal;
  readonly modules: Modules;
  /** Whether the process is about to end. */
  readonly isDraining: () => boolean;
}

export const tableOf = ({ api, portal, modules, isDraining }: System): readonly Route[] => [
  ...operations(modules, isDraining),
  ...api.routes,
  ...portal.routes,
];

export function registerSystem(server: FastifyInstance, system: System): void {
  system.api.prepare(server);
  registerRoutes(server, tableOf(system), {
    api: system.api.guard,
    portal: system.portal.guard,
    operations: () => ({}),
  });
}

/** For load balancers: alive means that the process answers, ready that its database does and that it will stay. */
const operations = ({ storage }: Modules, isDraining: System['isDraining']): readonly Route[] => [
  {
    method: 'GET',
    path: '/healthz',
    family: 'operations',
    access: { kind: 'public' },
    handler: () => ({ status: 'ok' }),
  },
  {
    method: 'GET',
    path: '/readyz',
    family: 'operations',
    access: { kind: 'public' },
    handler: async (request, reply) => {
      if (isDraining()) return reply.code(503).send({ status: 'stopping' });
      const fault = await faultOf(storage);
      if (fault === null) return { status: 'ok' };
      request.log.warn({ err: fault }, 'the database does not answer or takes no writes');
      return reply.code(503).send({ status: 'unavailable' });
    },
  },
];

/** Balancers ask every few seconds and must hear a no rather than nothing. */
const PATIENCE_SECONDS = 2;

/** Why the database cannot be used; `null` when it can. */
function faultOf(storage: Modules['storage']): Promise<unknown> {
  const fault = storage.ping().then(
    () => storage.writeFault(),
    (error: unknown) => error,
  );
  return inTime(fault, { seconds: PATIENCE_SECONDS, late: new Error('no answer in time') });
}
