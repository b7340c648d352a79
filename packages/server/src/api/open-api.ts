/** The OpenAPI 3.1 document, made from the schemas that validate and serialise. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from './api-context.ts';
import {
  AccountSchema,
  MembershipSchema,
  TeamMembershipSchema,
  TeamSchema,
} from './schemas/account.ts';
import {
  AppSchema,
  ClientSecretSchema,
  NewAppSchema,
  NewClientSecretSchema,
} from './schemas/app.ts';
import { ErrorSchema } from './schemas/error.ts';
import { EventSchema } from './schemas/event.ts';
import { GrantSchema } from './schemas/grant.ts';
import { CallingTokenSchema, NewTokenSchema, TokenSchema } from './schemas/token.ts';
import { MemberSchema, UserSchema } from './schemas/user.ts';

const COMPONENTS = [
  UserSchema,
  MemberSchema,
  AccountSchema,
  MembershipSchema,
  TeamSchema,
  TeamMembershipSchema,
  EventSchema,
  CallingTokenSchema,
  TokenSchema,
  NewTokenSchema,
  AppSchema,
  NewAppSchema,
  ClientSecretSchema,
  NewClientSecretSchema,
  GrantSchema,
  ErrorSchema,
];

/** Must run before the routes are registered: the document is gathered as they come. */
export async function prepareDocument(server: FastifyInstance, context: ApiContext): Promise<void> {
  const { brand, server: place } = context.config;
  for (const schema of COMPONENTS) server.addSchema(schema);
  await server.register(swagger, {
    hideUntagged: true,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: `${brand.name} API`,
        version: '2',
        description:
          'Send a developer token as a bearer token. Each operation names the scopes it needs.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: place.baseUrl }],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: `A developer token, made at ${place.baseUrl}/tokens/new`,
          },
        },
      },
    },
    // Components carry the names they were given above.
    refResolver: {
      buildLocalReference: (json) => (typeof json['$id'] === 'string' ? json['$id'] : 'shape'),
    },
  });
}

const written = new WeakMap<FastifyInstance, string>();

/** The routes do not change after the start; the document is written once. */
export function writeDocument(server: FastifyInstance): string {
  const text = written.get(server) ?? JSON.stringify(server.swagger());
  written.set(server, text);
  return text;
}
