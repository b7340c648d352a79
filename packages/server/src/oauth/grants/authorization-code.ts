/** RFC 6749 section 4.1.3 and RFC 7636 section 4.6. */
import { equalBytes } from '../../kit/hash.ts';
import { OAuthError, type Reason } from '../error.ts';
import { matchesChallenge } from '../pkce.ts';
import type { CodeStanding } from '../ports.ts';
import { isSameRedirectUri } from '../redirect-uri.ts';
import { parseCredential } from '../tokens/format.ts';
import { startFamily, type Issued } from '../tokens/issue.ts';
import type { AuthorizationCode } from '../vocabulary.ts';
import {
  assertStanding,
  type GrantRequest,
  type GrantType,
  type TokenEndpoint,
} from './grant-type.ts';

export const authorizationCode: GrantType = {
  name: 'authorization_code',
  parameters: ['code', 'redirect_uri', 'code_verifier'],
  clientTypes: ['web', 'public'],
  async redeem(endpoint, request) {
    const { client, parameters, now } = request;
    const { code, ...standing } = await findProven(endpoint, parameters.require('code'));
    const facts = { client: client.id, code: code.id };
    // Whoever holds a whole code of somebody else's may neither use nor spend it.
    if (code.clientId !== client.id) throw new OAuthError('code_of_other_client', facts);
    if (code.redeemedAt === null && code.expiresAt <= now)
      throw new OAuthError('code_expired', facts);
    assertRedirectUri(code, request);
    // RFC 7636 section 7: a guess at the verifier is the last one.
    const fault = faultOfVerifier(code, parameters.get('code_verifier'));
    if (fault !== null) {
      if (code.redeemedAt === null) await endpoint.storage.codes.redeem(code.id, null, now);
      throw new OAuthError(fault, facts);
    }
    if (code.redeemedAt !== null) throw await replayed(endpoint, request, code);
    assertStanding(standing, { grant: code.grantId });
    const issued = await exchange(endpoint, request, code);
    if (issued === null) throw await replayedAgain(endpoint, request, code);
    return issued;
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
  return matchesChallenge(verifier, code.codeChallenge) ? null : 'verifier_mismatch';
}

/** Browsers and devices of one user with one client. A client that signs in anew each time must not fill the database. */
const MOST_FAMILIES = 100;

/** `null` when another request was faster. */
function exchange(
  { storage, issuer }: TokenEndpoint,
  { client, now }: GrantRequest,
  code: AuthorizationCode,
): Promise<Issued | null> {
  const { family, token, issued } = startFamily(issuer, { client, code, now });
  return storage.transaction(async (stores) => {
    if (!(await stores.codes.redeem(code.id, family.id, now))) return null;
    await stores.families.keepNewest(code.grantId, MOST_FAMILIES - 1, now);
    await stores.families.insert(family);
    await stores.accessTokens.insert(token);
    return issued;
  });
}

/** RFC 6749 section 4.1.2: a code that is used twice takes with it what was issued for it. */
async function replayed(
  endpoint: TokenEndpoint,
  { client, now }: GrantRequest,
  code: AuthorizationCode,
): Promise<OAuthError> {
  const { storage } = endpoint;
  const standing = code.familyId === null ? null : await storage.families.standing(code.familyId);
  if (standing !== null && (await storage.families.revoke(standing.family.id, now))) {
    await endpoint.onIncident({ kind: 'code_replayed', client, family: standing.family });
  }
  return new OAuthError('code_replayed', { client: client.id, code: code.id });
}

/** Two requests with one code at the same moment are a replay like any other. */
async function replayedAgain(
  endpoint: TokenEndpoint,
  request: GrantRequest,
  code: AuthorizationCode,
): Promise<OAuthError> {
  const current = await endpoint.storage.codes.standing(code.id);
  return replayed(endpoint, request, current?.code ?? code);
}
