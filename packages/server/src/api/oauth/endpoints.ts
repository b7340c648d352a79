/**
 * The OAuth endpoints for programs: token, revocation, introspection and metadata. Depends on the protocol core for every
 * decision. Never reads a cookie, a query string or JSON: parameters come in the body (RFC 6749 section 3.2).
 */
import type { FastifyRequest } from 'fastify';
import { andThen, type AtHand } from '../../kit/at-hand.ts';
import { derived } from '../../catalogue/catalogues.ts';
import type { Route } from '../../http/route.ts';
import { PUBLICATION_SECONDS } from '../../keys/signing-keys.ts';
import {
  AUTHENTICATION_PARAMETERS,
  type AuthenticatedClient,
} from '../../oauth/client-authentication/authenticate.ts';
import { OAuthError } from '../../oauth/error.ts';
import { describeServer, PATHS } from '../../oauth/metadata.ts';
import { Parameters, type RawParameters } from '../../oauth/parameters.ts';
import { writeTokenResponse } from '../../oauth/tokens/issue.ts';
import { isConfidential, type Client } from '../../oauth/vocabulary.ts';
import type { ApiContext } from '../api-context.ts';
import { networkOfRequest } from '../guesses.ts';
import { JSON_TYPE } from '../json-writer.ts';
import { answerOAuth } from './answer.ts';
import { introspect } from './introspect.ts';

/** Answers JSON, written. */
type Handler = (request: FastifyRequest) => AtHand<string>;

export const oauthRoutes = (context: ApiContext): readonly Route[] => [
  post(PATHS.token, answerToken(context)),
  post(PATHS.revoke, answerRevocation(context)),
  post(PATHS.introspect, answerIntrospection(context)),
  ...metadata(context),
  jwks(context),
  ...[PATHS.token, PATHS.revoke, PATHS.introspect, WELL_KNOWN].map(preflight),
];

const post = (path: string, handler: Handler): Route => ({
  method: 'POST',
  path,
  family: 'api',
  access: { kind: 'client' },
  handler: (request, reply) =>
    andThen(handler(request), (text) => answerOAuth(reply, { status: 200, text })),
});

const answerToken =
  ({ authorization, clock, fairShare }: ApiContext): Handler =>
  async (request) => {
    const now = clock();
    const { issued, secretId } = await authorization.protocol.answerTokenRequest({
      authorization: request.headers.authorization,
      body: bodyOf(request),
      caller: request.facts,
      now,
      withinShare: (client, work) => fairShare.run(subjectOf(client, request), 'write', work),
    });
    if (secretId !== null) authorization.secretUsage.note(secretId, now);
    return JSON.stringify(writeTokenResponse(issued));
  };

/** Anybody can be a public client, so one of it is told from another by the network. */
const subjectOf = (client: Client, request: FastifyRequest): string =>
  isConfidential(client)
    ? `client ${client.id}`
    : `client ${client.id} ${networkOfRequest(request)}`;

/** RFC 7009 section 2.2: 200 whether the token was known or not. */
const answerRevocation =
  (context: ApiContext): Handler =>
  async (request) => {
    const { client, parameters } = await authenticated(context, request);
    const token = parameters.require('token');
    const revocation = { client, token, now: context.clock() };
    await context.fairShare.run(subjectOf(client, request), 'write', () =>
      context.authorization.protocol.revoke(revocation),
    );
    return '{}';
  };

const answerIntrospection =
  (context: ApiContext): Handler =>
  (request) =>
    andThen(authenticated(context, request), ({ client, parameters }) => {
      if (!isConfidential(client))
        throw new OAuthError('may_not_introspect', { client: client.id });
      const question = { client, token: parameters.require('token') };
      return context.fairShare.run(subjectOf(client, request), 'check', () =>
        introspect(context, question),
      );
    });

/** RFC 7009 section 2.1, RFC 7662 section 2.1. */
const ABOUT_A_TOKEN = [...AUTHENTICATION_PARAMETERS, 'token', 'token_type_hint'];

function authenticated(
  { authorization, clock }: ApiContext,
  request: FastifyRequest,
): AtHand<AuthenticatedClient & { parameters: Parameters }> {
  const parameters = Parameters.read(bodyOf(request), ABOUT_A_TOKEN);
  const known = authorization.protocol.authenticate({
    authorization: request.headers.authorization,
    parameters,
  });
  return andThen(known, ({ client, secretId }) => {
    if (secretId !== null) authorization.secretUsage.note(secretId, clock());
    return { client, secretId, parameters };
  });
}

/** Both parsers of forms make texts and lists of texts. */
function bodyOf({ body, url }: FastifyRequest): RawParameters {
  if (typeof body === 'object' && body !== null) return body as RawParameters;
  if (url.includes('?')) throw new OAuthError('parameters_in_address');
  return {};
}

const METADATA = '/.well-known/oauth-authorization-server';
/** Clients of browsers look for other documents there too, and have to be able to read that there is none. */
const WELL_KNOWN = '/.well-known/*';

/** RFC 8414 section 3. The issuer has no path, so there is one place. */
function metadata({ config, catalogues }: ApiContext): readonly Route[] {
  const { baseUrl } = config.server;
  const documentation = config.brand.docsUrl;
  const document = derived(catalogues, (catalogue) =>
    JSON.stringify(describeServer({ issuer: baseUrl, catalogue, documentation })),
  );
  return [
    {
      method: 'GET',
      path: METADATA,
      family: 'api',
      access: { kind: 'public' },
      handler: (_request, reply) =>
        reply.type(JSON_TYPE).header('cache-control', 'public, max-age=3600').send(document()),
    },
  ];
}

/** RFC 7517 section 5. Remembered by caches for no longer than a key is published before it signs. */
const jwks = ({ signingKeys }: ApiContext): Route => ({
  method: 'GET',
  path: PATHS.jwks,
  family: 'api',
  access: { kind: 'public' },
  handler: async (_request, reply) =>
    reply
      .type('application/jwk-set+json')
      .header('cache-control', `public, max-age=${PUBLICATION_SECONDS}`)
      .send(JSON.stringify(await signingKeys.published())),
});

/** Browser apps call these from other origins; they carry no cookie, so any page may. */
const preflight = (path: string): Route => ({
  method: 'OPTIONS',
  path,
  family: 'api',
  access: { kind: 'public' },
  handler: (_request, reply) =>
    reply
      .headers({
        'access-control-allow-methods': path === WELL_KNOWN ? 'GET, HEAD' : 'POST',
        'access-control-allow-headers': 'authorization, content-type, *',
        'access-control-max-age': '7200',
      })
      .code(204)
      .send(),
});
