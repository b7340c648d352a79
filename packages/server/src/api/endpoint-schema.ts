/** What the OpenAPI document says of an endpoint beside its own schemas: its parameters, answers and refusals. */
import type { FastifySchema } from 'fastify';
import { Type, type TSchema } from 'typebox';
import type { Callers, Route } from '../http/route.ts';
import type { Tag } from './tags.ts';

declare module 'fastify' {
  interface FastifySchema {
    /** A body that works now. */
    example?: () => unknown;
  }
}

export interface Answer {
  readonly status: 200 | 201 | 204;
  readonly description: string;
  /** A registered schema; an answer without one has no body. */
  readonly schema?: TSchema & { readonly $id?: string };
  readonly isList?: boolean;
}

/** What is said of an endpoint, and checked of what comes in. */
export interface Described {
  readonly method: Route['method'];
  readonly path: string;
  /** Scopes that the caller needs. */
  readonly scopes: readonly string[];
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  /** More than the summary says; who may call is added by itself. */
  readonly description: string;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** A body that this installation takes as it stands; its scopes are those of the catalogue of now. */
  readonly example?: () => unknown;
  readonly headers?: TSchema;
  readonly answer: Answer;
  /** Statuses of refusals besides those that follow from the rest. */
  readonly refusals?: readonly number[];
}

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request cannot be read.',
  401: 'No token, or one that is not accepted; `reason` says why.',
  403: 'The token lacks a scope, or its user a role.',
  404: 'Nothing that this token may see.',
  409: 'The state of things does not allow it, or it was done before; `reason` says which.',
  413: 'The body is too large.',
  415: 'The body does not come as JSON.',
  422: 'Invalid arguments; `field` names each.',
  429: 'Too many requests; Retry-After says when to come back.',
  500: 'A failure of the server.',
  503: 'Not now; Retry-After says when to come back, and `reason` whether something was done.',
};

export function schemaOf(definition: Described, callers: Callers): FastifySchema {
  const { path, operationId, tag, summary, query, body, example, headers, answer } = definition;
  const refusals = statusesOf(definition, callers).map((status) => [
    status,
    refusalResponse(status),
  ]);
  return {
    operationId,
    summary,
    description: definition.description,
    tags: [tag],
    ...(path.includes(':id') && { params: paramsOf(path) }),
    ...(query !== undefined && { querystring: query }),
    ...(body !== undefined && { body }),
    ...(example !== undefined && { example }),
    ...(headers !== undefined && { headers }),
    response: { [answer.status]: answerSchema(answer), ...Object.fromEntries(refusals) },
  };
}

/** Every refusal that the guard, the parsers, the validator and what all handlers share can give. */
function statusesOf(definition: Described, callers: Callers): readonly number[] {
  const { method, path, scopes, query, body, headers, refusals = [] } = definition;
  const isAboutPerson = callers !== 'anybody';
  const takesBody = method !== 'GET';
  const isValidated = [query, body, headers].some((part) => part !== undefined);
  const statuses = [
    400,
    401,
    429,
    500,
    503,
    ...(isAboutPerson || scopes.length > 0 ? [403] : []),
    // The person, too, may be gone by then.
    ...(isAboutPerson || takesBody || path.includes(':id') ? [404] : []),
    ...(takesBody ? [413, 415] : []),
    ...(isValidated ? [422] : []),
    ...refusals,
  ];
  return [...new Set(statuses)].toSorted((left, right) => left - right);
}

/** The ids in a path: `/v2/apps/:id/secrets/:secret_id` names an `app` and a `secret`. */
export const idsIn = (path: string): readonly { readonly noun: string; readonly name: string }[] =>
  [...path.matchAll(/(\w+)s\/:(\w+)/g)].map(([, noun = '', name = '']) => ({ noun, name }));

const paramsOf = (path: string) =>
  Type.Object(
    Object.fromEntries(
      idsIn(path).map(({ noun, name }) => [
        name,
        Type.String({ description: `The id of the ${noun}.` }),
      ]),
    ),
  );

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
  const item = refer(schema);
  if (isList !== true)
    return {
      description,
      headers: LIMIT_HEADERS,
      content: { 'application/json': { schema: item } },
    };
  return {
    description,
    headers: { ...LIMIT_HEADERS, ...PAGE_HEADERS },
    content: { 'application/json': { schema: { type: 'array', items: item } } },
  };
}

export function refusalResponse(status: number): object {
  const headers = {
    ...LIMIT_HEADERS,
    ...((status === 401 || status === 403) && { 'www-authenticate': text('RFC 6750 challenge.') }),
    ...((status === 429 || status === 503) && { 'retry-after': number('Seconds to wait.') }),
  };
  const content = { 'application/json': { schema: { $ref: 'Refusal#' } } };
  return { description: REFUSALS[status] ?? 'Refused.', headers, content };
}
