/** What one line of the route table says. A route that does not declare its access does not start. */
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';

export type Access =
  /** Anybody. */
  | { readonly kind: 'public' }
  /** A signed-in user. */
  | { readonly kind: 'session' }
  /** A signed-in operator. */
  | { readonly kind: 'operator' }
  /** An OAuth client that the endpoint itself authenticates (RFC 6749 section 2.3). */
  | { readonly kind: 'client' }
  /** A bearer token that holds all these scopes; an empty list takes any active token of such a caller. */
  | { readonly kind: 'bearer'; readonly scopes: readonly string[]; readonly callers: Callers };

/** Whose tokens: anybody's, those that act for a person, or the developer tokens that people made themselves. */
export type Callers = 'anybody' | 'users' | 'developer-tokens';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly path: string;
  /** Decides which guard it gets, and whether failures are told as pages or as JSON. */
  readonly family: 'portal' | 'api' | 'operations';
  readonly access: Access;
  readonly schema?: FastifySchema;
  /** When a form of a page asks for the password again, in words: docs/reference/endpoints.md says the same. */
  readonly stepUp?: string;
  /** Where it differs from the server's. */
  readonly bodyLimitBytes?: () => number;
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

export class UndeclaredAccess extends Error {
  constructor(route: { method: string; path: string }) {
    super(`${route.method} ${route.path} declares no access`);
  }
}
