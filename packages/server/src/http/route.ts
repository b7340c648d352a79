/** What one line of the route table says. A route that does not declare its access does not start. */
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';

export type Access =
  /** Anybody. */
  | { readonly kind: 'public' }
  /** A signed-in user. */
  | { readonly kind: 'session' }
  /** A signed-in operator. */
  | { readonly kind: 'operator' }
  /** A bearer token that holds all these scopes; an empty list takes any active token. */
  | { readonly kind: 'bearer'; readonly scopes: readonly string[] };

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly path: string;
  readonly room: 'portal' | 'api' | 'operations';
  readonly access: Access;
  readonly schema?: FastifySchema;
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

export class UndeclaredAccess extends Error {
  constructor(route: { method: string; path: string }) {
    super(`${route.method} ${route.path} declares no access`);
  }
}
