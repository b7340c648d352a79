/** What anybody may ask: is it alive, what does it offer, may a page call it. */
import type { Route } from '../http/route.ts';
import { refusalResponse } from './endpoint-schema.ts';

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key, *',
  'access-control-max-age': '7200',
};

const json = (schema: object, example: unknown) => ({ 'application/json': { schema, example } });

const ALIVE = {
  description: 'It does.',
  content: json(
    {
      type: 'object',
      required: ['status'],
      properties: { status: { type: 'string', enum: ['ok'] } },
    },
    { status: 'ok' },
  ),
};

const DOCUMENT = {
  description: 'OpenAPI 3.1.',
  content: json(
    { type: 'object', additionalProperties: true },
    { openapi: '3.1.0', info: { title: 'API', version: '2' }, paths: {} },
  ),
};

export const openRoutes = (document: () => Promise<string>): readonly Route[] => [
  {
    method: 'GET',
    path: '/health',
    family: 'api',
    access: { kind: 'public' },
    schema: {
      operationId: 'getHealth',
      tags: ['Service'],
      summary: 'Whether the service answers',
      description: 'Says nothing of its database; `/readyz` does.',
      response: {
        200: ALIVE,
        400: refusalResponse(400),
      },
    },
    handler: () => ({ status: 'ok' }),
  },
  {
    method: 'GET',
    path: '/openapi.json',
    family: 'api',
    access: { kind: 'public' },
    schema: {
      operationId: 'getOpenApi',
      tags: ['Service'],
      summary: 'This document',
      description: 'OpenAPI 3.1. It changes with the version of the server and its configuration.',
      response: {
        200: DOCUMENT,
        400: refusalResponse(400),
      },
    },
    handler: async (_request, reply) =>
      reply.header('content-type', 'application/json; charset=utf-8').send(await document()),
  },
  {
    method: 'OPTIONS',
    path: '/v2/*',
    family: 'api',
    access: { kind: 'public' },
    handler: (_request, reply) => reply.headers(PREFLIGHT).code(204).send(),
  },
];
