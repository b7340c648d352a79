/**
 * The token endpoint (RFC 6749 section 3.2) as one pipeline. A grant type fills in one step, which says what is granted, and
 * cannot leave out the others: parameters once, grant known, client authenticated, client allowed, resource known before it;
 * issuing, bounds, and the report of secrets that come again after it.
 */
import type { AtHand } from '../../kit/at-hand.ts';
import { URGENT } from '../../kit/urgency.ts';
import {
  authenticateClient,
  AUTHENTICATION_PARAMETERS,
  type AuthenticatedClient,
} from '../client-authentication/authenticate.ts';
import { OAuthError } from '../error.ts';
import { Parameters, type RawParameters } from '../parameters.ts';
import { resourcesNamed } from '../resources.ts';
import type { Issued } from '../tokens/issue.ts';
import type { Client } from '../vocabulary.ts';
import { authorizationCode } from './authorization-code.ts';
import { clientCredentials } from './client-credentials.ts';
import type {
  Caller,
  Contended,
  GrantRequest,
  GrantType,
  Redemption,
  Replayed,
  TokenEndpoint,
} from './grant-type.ts';
import { issue } from './issue.ts';
import { refreshToken } from './refresh-token.ts';
import { countRepeat } from './repeat.ts';

const GRANT_TYPES: readonly GrantType[] = [authorizationCode, refreshToken, clientCredentials];

export const GRANT_TYPE_NAMES: readonly string[] = GRANT_TYPES.map(({ name }) => name);

/** Parameters that any grant type may come with. */
const SHARED: readonly string[] = [...AUTHENTICATION_PARAMETERS, 'grant_type'];

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
  const named = Parameters.readAll(body, 'resource');
  const asked = { authorization, parameters };
  const authenticated = await authenticateClient(endpoint.authenticator, asked);
  const { client, secretId } = authenticated;
  if (!client.grantTypes.includes(grantType.name))
    throw new OAuthError('grant_type_not_allowed', { client: client.id });
  // RFC 8707 section 2: refused before anything is spent.
  const resources = resourcesNamed(endpoint.catalogues.current(), named);
  const request = { client, secretId, parameters, resources, caller, now };
  const issued = await withinShare(client, () => redeemAndIssue(endpoint, grantType, request));
  return { ...authenticated, issued };
}

/** Another request may be faster, or the user narrow the grant, more than once; whoever loses so often may ask again. */
const MOST_TRIES = 4;

async function redeemAndIssue(
  endpoint: TokenEndpoint,
  grantType: GrantType,
  request: GrantRequest,
): Promise<Issued> {
  for (let tries = 1; ; tries++) {
    // Whatever made the last try fail is read anew.
    const redemption = await grantType.redeem(endpoint, request);
    const done = await carryOut(endpoint, request, redemption);
    if (!('outcome' in done)) return done;
    if (tries === MOST_TRIES) throw new OAuthError(done.reason, done.facts);
  }
}

async function carryOut(
  endpoint: TokenEndpoint,
  request: GrantRequest,
  redemption: Redemption,
): Promise<Issued | Contended> {
  switch (redemption.outcome) {
    case 'granted':
      return issue(endpoint, request, redemption);
    case 'repeated': {
      const isCounted = await countRepeat(endpoint, request, redemption.repetition);
      return isCounted ? redemption.issued : redemption.contended;
    }
    case 'replayed':
      throw await report(endpoint, request, redemption);
    case 'contended':
      return redemption;
  }
}

/** What was issued for the secret ends, and it is in the log, or neither. */
async function report(
  { storage }: TokenEndpoint,
  { client, caller, now }: GrantRequest,
  { kind, family, facts }: Replayed,
): Promise<OAuthError> {
  if (family !== null)
    await storage.transaction(async ({ families, incidents }) => {
      if (await families.revoke(family.id, now))
        await incidents.record({ kind, caller, client, family });
    }, URGENT);
  return new OAuthError(kind, facts);
}

function findGrantType(name: string): GrantType {
  const found = GRANT_TYPES.find((grantType) => grantType.name === name);
  if (found === undefined) throw new OAuthError('unknown_grant_type');
  return found;
}
