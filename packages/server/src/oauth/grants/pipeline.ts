/**
 * The token endpoint (RFC 6749 section 3.2) as one pipeline. A grant type fills in one step and cannot leave out the
 * others: parameters once, grant known, client authenticated, client allowed, resource known, then the grant itself.
 */
import type { AtHand } from '../../kit/at-hand.ts';
import {
  authenticateClient,
  AUTHENTICATION_PARAMETERS,
  type AuthenticatedClient,
} from '../client-authentication/authenticate.ts';
import { OAuthError } from '../error.ts';
import { Parameters, type RawParameters } from '../parameters.ts';
import type { Issued } from '../tokens/issue.ts';
import type { Client } from '../vocabulary.ts';
import { authorizationCode } from './authorization-code.ts';
import { clientCredentials } from './client-credentials.ts';
import type { Caller, GrantType, TokenEndpoint } from './grant-type.ts';
import { refreshToken } from './refresh-token.ts';

const GRANT_TYPES: readonly GrantType[] = [authorizationCode, refreshToken, clientCredentials];

export const GRANT_TYPE_NAMES: readonly string[] = GRANT_TYPES.map(({ name }) => name);

/** Parameters that any grant type may come with. */
const SHARED: readonly string[] = [...AUTHENTICATION_PARAMETERS, 'grant_type', 'resource'];

export interface TokenRequest {
  readonly authorization: string | undefined;
  readonly body: RawParameters;
  readonly caller: Caller;
  readonly now: number;
  /** Runs what an authenticated client asks for within its share. */
  readonly withinShare?: WithinShare;
}

export type WithinShare = <Result>(client: Client, work: () => AtHand<Result>) => AtHand<Result>;

const atOnce: WithinShare = (_client, work) => work();

export interface Answered extends AuthenticatedClient {
  readonly issued: Issued;
}

export async function answerTokenRequest(
  endpoint: TokenEndpoint,
  { authorization, body, caller, now, withinShare = atOnce }: TokenRequest,
): Promise<Answered> {
  const grantType = findGrantType(Parameters.read(body, ['grant_type']).require('grant_type'));
  const parameters = Parameters.read(body, [...SHARED, ...grantType.parameters]);
  const authenticator = { clients: endpoint.storage.clients, brand: endpoint.issuer.brand };
  const authenticated = await authenticateClient(authenticator, { authorization, parameters });
  const { client, secretId } = authenticated;
  if (!grantType.clientTypes.includes(client.type))
    throw new OAuthError('grant_type_not_allowed', { client: client.id });
  assertResource(endpoint, parameters.get('resource'));
  const asked = { client, secretId, parameters, caller, now };
  const issued = await withinShare(client, () => grantType.redeem(endpoint, asked));
  return { ...authenticated, issued };
}

function findGrantType(name: string): GrantType {
  const found = GRANT_TYPES.find((grantType) => grantType.name === name);
  if (found === undefined) throw new OAuthError('unknown_grant_type');
  return found;
}

/** RFC 8707 section 2: refused before anything is spent. */
export function assertResource(
  { resources }: Pick<TokenEndpoint, 'resources'>,
  asked: string | null,
): void {
  if (asked !== null && !resources.includes(asked)) throw new OAuthError('resource_unknown');
}
