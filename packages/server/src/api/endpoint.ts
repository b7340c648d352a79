/** One way to write an endpoint: its schemas validate, serialise and document it, and give its handler its types. */
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { Type, type Static, type TSchema } from 'typebox';
import type { ActiveCredential, UserCredential } from '../checker/verdict.ts';
import type { Callers, Route } from '../http/route.ts';
import type { HeaderList } from '../http/whole-answer.ts';
import { PageQuery } from './paging.ts';

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

interface Answer {
  readonly status: 200 | 201 | 204;
  readonly description: string;
  /** A registered schema; an answer without one has no body. */
  readonly schema?: TSchema & { readonly $id?: string };
  readonly isList?: boolean;
}

export interface Endpoint<Query extends TSchema, Body extends TSchema, Caller = UserCredential> {
  readonly method: Route['method'];
  readonly path: string;
  /** Scopes that the caller needs. */
  readonly scopes: readonly string[];
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  readonly headers?: TSchema;
  readonly answer: Answer;
  /** Statuses of refusals besides 400, 401, 429 and 500. */
  readonly refusals?: readonly number[];
  /** `users` unless said otherwise. */
  readonly callers?: Exclude<Callers, 'anybody'>;
  readonly handle: (call: Call<Static<Query>, Static<Body>, Caller>) => unknown;
}

/** `/v2/apps/:id/secrets/:secret_id`: an object of texts. */
const paramsOf = (path: string) =>
  Type.Object(
    Object.fromEntries([...path.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, Type.String()])),
  );

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
    room: 'api',
    access: { kind: 'bearer', scopes, callers },
    schema: schemaOf(definition),
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
    refusals: [...(definition.refusals ?? []), 422],
  });

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request cannot be read.',
  401: 'No token, or one that is not accepted; `reason` says why.',
  403: 'The token lacks a scope, or its user a role.',
  404: 'Nothing that this token may see.',
  409: 'The state of the token does not allow it, or it was done before.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'Invalid arguments; `field` names each.',
  429: 'Too many requests; Retry-After says when to come back.',
  500: 'A failure of the server.',
};

function schemaOf(definition: Omit<Endpoint<TSchema, TSchema>, 'handle'>): FastifySchema {
  const { path, scopes, operationId, tag, summary, query, body, headers, answer } = definition;
  const statuses = new Set([400, 401, 429, 500, ...(definition.refusals ?? [])]);
  if (scopes.length > 0 || definition.callers !== undefined) statuses.add(403);
  if (path.includes(':id')) statuses.add(404);
  if (body !== undefined) for (const status of [413, 415, 422]) statuses.add(status);
  const refusals = [...statuses].map((status) => [status, refusalSchema(status)]);
  return {
    operationId,
    summary,
    tags: [tag],
    security: [{ bearer: [...scopes] }],
    ...(path.includes(':id') && { params: paramsOf(path) }),
    ...(query !== undefined && { querystring: query }),
    ...(body !== undefined && { body }),
    ...(headers !== undefined && { headers }),
    response: { [answer.status]: answerSchema(answer), ...Object.fromEntries(refusals) },
  };
}

const text = (description: string) => ({ type: 'string', description });
const number = (description: string) => ({ type: 'integer', description });

const LIMIT_HEADERS = {
  'x-ratelimit-limit': number('Requests that may come at once.'),
  'x-ratelimit-remaining': number('How many more would be answered now.'),
  'x-ratelimit-window': number('Milliseconds in which the whole limit comes back.'),
};
const PAGE_HEADERS = {
  'page-number': number('The page answered.'),
  'per-page': number('Items a page.'),
  total: number('Items in the whole list.'),
  'total-pages': number('Pages in the whole list.'),
  link: text('The next page, `rel="next"` (RFC 8288); its cost does not grow with its depth.'),
};

/** Refers to a component of the document by its name. */
const refer = (schema: { readonly $id?: string }) => ({ $ref: `${schema.$id ?? ''}#` });

function answerSchema({ description, schema, isList }: Answer): object {
  if (schema === undefined) {
    return { type: 'null', description, headers: LIMIT_HEADERS };
  }
  if (isList !== true) {
    return {
      description,
      headers: LIMIT_HEADERS,
      content: { 'application/json': { schema: refer(schema) } },
    };
  }
  const headers = { ...LIMIT_HEADERS, ...PAGE_HEADERS };
  return { type: 'array', items: refer(schema), description, headers };
}

function refusalSchema(status: number): object {
  const headers = {
    ...LIMIT_HEADERS,
    ...((status === 401 || status === 403) && { 'www-authenticate': text('RFC 6750 challenge.') }),
    ...(status === 429 && { 'retry-after': number('Seconds to wait.') }),
  };
  const content = { 'application/json': { schema: { $ref: 'Error#' } } };
  return { description: REFUSALS[status] ?? 'Refused.', headers, content };
}
