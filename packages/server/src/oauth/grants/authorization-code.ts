/** RFC 6749 section 4.1.3 and RFC 7636 section 4.6. */
import { isOver } from '../../kit/clock.ts';
import { equalBytes } from '../../kit/hash.ts';
import { isStillAnswerable } from '../authorize/code-terms.ts';
import { OAuthError, type Reason } from '../error.ts';
import { narrowedTo } from '../resources.ts';
import type { ResourceIds } from '../../catalogue/resources.ts';
import { isCodeVerifier, matchesChallenge } from '../pkce.ts';
import type { CodeStanding } from '../ports.ts';
import { isSameRedirectUri } from '../clients/redirect-uri.ts';
import { parseCredential } from '../tokens/format.ts';
import type { AuthorizationCode } from '../vocabulary.ts';
import {
  assertStanding,
  leftOf,
  nothingToTell,
  toldScopes,
  type Granted,
  type GrantRequest,
  type GrantType,
  type Replayed,
  type TokenEndpoint,
} from './grant-type.ts';

export const authorizationCode: GrantType = {
  name: 'authorization_code',
  parameters: ['code', 'redirect_uri', 'code_verifier'],
  async redeem(endpoint, request) {
    const { client, parameters, now } = request;
    const standing = await findProven(endpoint, parameters.require('code'));
    const { code } = standing;
    const facts = { client: client.id, code: code.id };
    // Whoever holds a whole code of somebody else's may neither use nor spend it.
    if (code.clientId !== client.id) throw new OAuthError('code_of_other_client', facts);
    if (code.redeemedAt === null && isOver(code, now)) throw new OAuthError('code_expired', facts);
    assertRedirectUri(code, request);
    // RFC 7636 section 7: a guess at the verifier is the last one.
    const fault = faultOfVerifier(code, parameters.get('code_verifier'));
    if (fault !== null) {
      if (code.redeemedAt === null) await endpoint.storage.codes.burn(code.id, now);
      throw new OAuthError(fault, facts);
    }
    // Two requests with one code at the same moment are a replay like any other.
    if (code.redeemedAt !== null) return replayed(endpoint, request, code);
    if (!isStillAnswerable(client, code)) throw new OAuthError('code_terms_changed', facts);
    const resources = narrowedTo(request.resources, code.resources, facts);
    return grant(endpoint, { standing, resources, now });
  },
};

async function findProven(
  { storage, issuer }: TokenEndpoint,
  value: string,
): Promise<CodeStanding> {
  const credential = parseCredential(issuer.brand, value);
  if (credential?.kind !== 'oac') throw new OAuthError('code_unknown');
  const standing = await storage.codes.standing(credential.id);
  const isProven = standing !== null && equalBytes(standing.code.secretHash, credential.hash);
  if (!isProven) throw new OAuthError('code_unknown');
  return standing;
}

/**
 * RFC 6749 section 4.1.3: the same URI, when the authorization request named one. OAuth 2.1 leaves that to PKCE, so a
 * client that sent a challenge may leave it out.
 */
function assertRedirectUri(code: AuthorizationCode, { parameters }: GrantRequest): void {
  const sent = parameters.get('redirect_uri');
  const isMissing = sent === null && code.isRedirectUriRequired && code.codeChallenge === null;
  if (isMissing || (sent !== null && !isSameRedirectUri(sent, code.redirectUri)))
    throw new OAuthError('redirect_uri_mismatch', { code: code.id });
}

/** RFC 9700 section 2.1.1: both directions, so that neither half of PKCE can be left out on the way. */
function faultOfVerifier(code: AuthorizationCode, verifier: string | null): Reason | null {
  if (code.codeChallenge === null) return verifier === null ? null : 'verifier_unexpected';
  if (verifier === null) return 'verifier_missing';
  if (!isCodeVerifier(verifier)) return 'verifier_malformed';
  return matchesChallenge(verifier, code.codeChallenge) ? null : 'verifier_mismatch';
}

function grant(
  endpoint: TokenEndpoint,
  { standing, resources, now }: { standing: CodeStanding; resources: ResourceIds; now: number },
): Granted {
  const { code } = standing;
  const { grantId, userId, accountId } = code;
  assertStanding(standing, { grant: grantId });
  const kept = leftOf(code.scopes, standing);
  if (kept.length === 0) throw new OAuthError('nothing_left', { grant: grantId });
  const told = toldScopes(endpoint, kept, standing.role);
  if (told.length === 0) throw nothingToTell(endpoint, kept, { grant: grantId });
  return {
    outcome: 'granted',
    scopes: { kept, told },
    resources,
    holder: {
      kind: 'user',
      owner: { grantId, userId, accountId },
      resources: code.resources,
      spend: ({ codes }, familyId) => codes.redeem(code, familyId, now),
      contended: { outcome: 'contended', reason: 'code_unknown', facts: { code: code.id } },
    },
  };
}

/** RFC 6749 section 4.1.2: a code that is used twice takes with it what was issued for it. */
async function replayed(
  { storage }: TokenEndpoint,
  { client }: GrantRequest,
  { id, familyId }: AuthorizationCode,
): Promise<Replayed> {
  const standing = familyId === null ? null : await storage.families.standing(familyId);
  return {
    outcome: 'replayed',
    kind: 'code_replayed',
    family: standing?.family ?? null,
    facts: { client: client.id, code: id },
  };
}
