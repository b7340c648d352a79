/** The OpenAPI 3.1 document, made from the schemas that validate and the table that says who may call. */
import swagger from '@fastify/swagger';
import Fastify, { type FastifySchema } from 'fastify';
import { derived } from '../catalogue/catalogues.ts';
import type { Access, Route } from '../http/route.ts';
import { SCHEMAS } from '../http/server.ts';
import type { ApiContext } from './api-context.ts';
import { withExamples } from './v2/examples/document.ts';
import {
  AccountSchema,
  MembershipSchema,
  TeamMembershipSchema,
  TeamSchema,
} from './v2/schemas/account.ts';
import {
  AppSchema,
  ClientSecretSchema,
  NewAppSchema,
  NewClientSecretSchema,
} from './v2/schemas/app.ts';
import { ErrorSchema } from './v2/schemas/error.ts';
import { EventSchema } from './v2/schemas/event.ts';
import { GrantSchema } from './v2/schemas/grant.ts';
import { CallingTokenSchema, NewTokenSchema, TokenSchema } from './v2/schemas/token.ts';
import { MemberSchema, UserSchema } from './v2/schemas/user.ts';
import { describeSecurity, requiredScopes, securityOf, sayWho } from './security.ts';
import { TAGS } from './tags.ts';

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

/** Written when it is first asked for, and anew for another catalogue. */
export const documentOf = (
  context: ApiContext,
  routes: () => readonly Route[],
): (() => Promise<string>) => derived(context.catalogues, () => write(context, routes()));

/** The generator gathers routes as they are registered and writes once: it is given a server of its own, which answers nobody. */
async function write(context: ApiContext, routes: readonly Route[]): Promise<string> {
  const server = Fastify({ schemaController: SCHEMAS });
  const { baseUrl } = context.config.server;
  for (const schema of COMPONENTS) server.addSchema(schema);
  await server.register(swagger, {
    hideUntagged: true,
    openapi: {
      openapi: '3.1.0',
      info: describeApi(context),
      servers: [{ url: baseUrl }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: { securitySchemes: describeSecurity(context) },
    },
    transform: ({ schema, url, route }) => ({
      schema: describe(context, { schema, access: route.config?.access, url }) ?? {},
      url,
    }),
    // Components carry the names they were given above.
    refResolver: {
      buildLocalReference: (json) => (typeof json['$id'] === 'string' ? json['$id'] : 'shape'),
    },
  });
  for (const { method, path: url, schema, access } of routes)
    server.route({
      method,
      url,
      ...(schema && { schema }),
      config: { access },
      handler: () => null,
    });
  await server.ready();
  return JSON.stringify(server.swagger());
}

const describeApi = ({ config: { brand, server } }: ApiContext) => ({
  title: `${brand.name} API`,
  version: '2',
  description:
    'JSON for programs, in the shapes of version 2 of the API of Frame.io. Send a token as `Authorization: Bearer …`. ' +
    'Lists are arrays, their totals are in headers. Times are ISO 8601 in UTC; what is absent is null and never missing.',
  contact: { name: brand.name, url: brand.docsUrl ?? server.baseUrl },
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
});

/** Who may call is said as the guard asks it, by the route and not by its schema. Pages have no schema. */
function describe(
  context: ApiContext,
  { schema, access, url }: { schema?: FastifySchema; access?: Access | undefined; url: string },
): FastifySchema | undefined {
  if (schema?.tags === undefined || access === undefined) return schema;
  const catalogue = context.catalogues.current();
  const { example, ...rest } = withExamples(context, { schema, access, url });
  const { body, description = '' } = rest;
  return {
    ...rest,
    description: [description, sayWho(access, catalogue)]
      .filter((text) => text !== '')
      .join('\n\n'),
    security: securityOf(access),
    ...requiredScopes(access, catalogue),
    ...(example !== undefined && { body: { ...(body as object), examples: [example()] } }),
  };
}
