/** One way to write an endpoint: its schemas validate, serialise and document it, and give its handler its types. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { ActiveCredential, UserCredential } from '../checker/verdict.ts';
import type { Callers, Route } from '../http/route.ts';
import type { HeaderList } from '../http/fast/whole-answer.ts';
import { schemaOf, type Described } from './endpoint-schema.ts';
import { PageQuery } from './v2/paging.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard of a bearer route. */
    caller: ActiveCredential | null;
    /** What the answer says of the limit that this request was counted against; `null` while it was not. */
    limitHeaders: HeaderList | null;
  }
}

export interface Call<Query, Body, Caller = UserCredential> {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
  /** The `:id` of the path; empty where there is none. */
  readonly id: string;
  /** The other variables of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
}

export interface Endpoint<
  Query extends TSchema,
  Body extends TSchema,
  Caller = UserCredential,
> extends Described {
  readonly query?: Query;
  readonly body?: Body;
  readonly example?: () => Static<Body>;
  /** `users` unless said otherwise. */
  readonly callers?: Exclude<Callers, 'anybody'>;
  readonly handle: (call: Call<Static<Query>, Static<Body>, Caller>) => unknown;
}

/** An endpoint about a person: an app that acts as itself is refused before the handler runs. */
export const endpoint = <Query extends TSchema, Body extends TSchema>(
  definition: Endpoint<Query, Body>,
): Route =>
  build(definition, {
    callers: definition.callers ?? 'users',
    read: (caller) => (caller?.userId === null ? null : caller),
  });

/** An endpoint that makes sense for whatever holds a token. */
export const endpointForAnybody = <Query extends TSchema, Body extends TSchema>(
  definition: Omit<Endpoint<Query, Body, ActiveCredential>, 'callers'>,
): Route => build(definition, { callers: 'anybody', read: (caller) => caller });

function build<Query extends TSchema, Body extends TSchema, Caller>(
  definition: Endpoint<Query, Body, Caller>,
  { callers, read }: { callers: Callers; read: (caller: ActiveCredential | null) => Caller | null },
): Route {
  const { method, path, scopes, handle } = definition;
  return {
    method,
    path,
    family: 'api',
    access: { kind: 'bearer', scopes, callers },
    schema: schemaOf(definition, callers),
    handler: (request, reply) => {
      const caller = read(request.caller);
      if (caller === null) throw new Error(`${method} ${path} was reached by a wrong caller`);
      // The schemas above have validated all three before the handler runs.
      const { id = '', ...params } = request.params as Record<string, string>;
      const query = request.query as Static<Query>;
      const body = request.body as Static<Body>;
      return handle({ request, reply, caller, id, params, query, body });
    },
  };
}

/** A list in pages: the query and the headers are the same everywhere. */
export const listEndpoint = (
  definition: Omit<Endpoint<typeof PageQuery, TSchema>, 'query' | 'body' | 'method'>,
): Route =>
  endpoint({
    ...definition,
    method: 'GET',
    query: PageQuery,
    answer: { ...definition.answer, isList: true },
  });
