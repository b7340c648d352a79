/** Turns the route table into routes. Refuses to start when one of them does not say who may call it. */
import type {
  FastifyInstance,
  onRequestAsyncHookHandler,
  onRequestHookHandler,
  onSendAsyncHookHandler,
  preHandlerAsyncHookHandler,
  RouteShorthandOptions,
} from 'fastify';
import { UndeclaredAccess } from './route.ts';
import type { Access, Route } from './route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    family?: Route['family'];
    access?: Access;
  }
}

/** What runs before a handler. An empty object lets everybody pass, which only `public` should mean. */
export interface Guard {
  /** Before the body is read: who is calling. */
  readonly onRequest?: readonly (onRequestAsyncHookHandler | onRequestHookHandler)[];
  /** After parsing: what the body must prove, such as a CSRF token. */
  readonly preHandler?: readonly preHandlerAsyncHookHandler[];
  /** Completes what Fastify sends; what is answered whole does not pass here. */
  readonly onSend?: readonly onSendAsyncHookHandler[];
  /** Wraps the handler. */
  readonly around?: (handler: Route['handler']) => Route['handler'];
  /** How a module tells what its routes throw, when the server's own way loses facts. */
  readonly errorHandler?: RouteShorthandOptions['errorHandler'];
}

/** Each module makes the guard of a route from its access; called once a route, at start. */
export type Guards = Readonly<Record<Route['family'], (access: Access, route: Route) => Guard>>;

const KINDS: ReadonlySet<unknown> = new Set<Access['kind']>([
  'public',
  'session',
  'operator',
  'bearer',
  'client',
]);

export function registerRoutes(
  server: FastifyInstance,
  routes: readonly Route[],
  guards: Guards,
): void {
  for (const route of routes) {
    assertDeclared(route);
    const {
      onRequest = [],
      preHandler = [],
      onSend = [],
      around = unchanged,
      errorHandler,
    } = guards[route.family](route.access, route);
    if (route.access.kind !== 'public' && onRequest.length + preHandler.length === 0) {
      throw new UndeclaredAccess(route);
    }
    server.route({
      method: route.method,
      url: route.path,
      ...(route.schema !== undefined && { schema: route.schema }),
      config: {
        family: route.family,
        access: route.access,
        ...(route.bodyLimitBytes !== undefined && { bodyLimit: route.bodyLimitBytes }),
      },
      onRequest: [...onRequest],
      preHandler: [...preHandler],
      onSend: [...onSend],
      ...(errorHandler !== undefined && { errorHandler }),
      handler: around(route.handler),
    });
  }
}

const unchanged = (handler: Route['handler']): Route['handler'] => handler;

/** Types alone do not keep a route closed: a table can be built at run time. */
function assertDeclared(route: Route): void {
  const access: Partial<Access> | undefined = route.access;
  if (access === undefined || !KINDS.has(access.kind)) throw new UndeclaredAccess(route);
  if (access.kind === 'bearer' && !Array.isArray(access.scopes)) throw new UndeclaredAccess(route);
}
