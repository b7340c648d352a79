/** RFC 6749 section 4.1.3 and RFC 7636 section 4.6. */
import { isOver } from '../../kit/clock.ts';
import { equalBytes } from '../../kit/hash.ts';
import { isStillAnswerable } from '../code-terms.ts';
import { OAuthError, type Reason } from '../error.ts';
import { isCodeVerifier, matchesChallenge } from '../pkce.ts';
import type { CodeStanding } from '../ports.ts';
import { isSameRedirectUri } from '../redirect-uri.ts';
import { parseCredential } from '../tokens/format.ts';
import { startFamily, type Issued } from '../tokens/issue.ts';
import type { AuthorizationCode } from '../vocabulary.ts';
import {
  assertStanding,
  leftOf,
  nothingToTell,
  toldScopes,
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
    if (code.redeemedAt !== null) throw await replayed(endpoint, request, code);
    if (!isStillAnswerable(client, code)) throw new OAuthError('code_terms_changed', facts);
    return exchange(endpoint, request, standing);
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

/** Browsers and devices of one user with one client. A client that signs in anew each time must not fill the database. */
const MOST_FAMILIES = 100;

/** Somebody narrows a consent seldom; whoever is that fast three times in a row may ask again. */
const MOST_TRIES = 3;

async function exchange(
  endpoint: TokenEndpoint,
  request: GrantRequest,
  read: CodeStanding,
): Promise<Issued> {
  let standing = read;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const issued = await tryExchange(endpoint, request, standing);
    if (issued !== null) return issued;
    const { id } = standing.code;
    const again = await endpoint.storage.codes.standing(id);
    // Two requests with one code at the same moment are a replay like any other.
    if (again === null || again.code.redeemedAt !== null)
      throw await replayed(endpoint, request, again?.code ?? standing.code);
    standing = again;
  }
  throw new OAuthError('code_unknown', { code: read.code.id });
}

/** `null` when another request was faster, or the user narrowed what the code gives meanwhile. */
function tryExchange(
  endpoint: TokenEndpoint,
  { client, now }: GrantRequest,
  standing: CodeStanding,
): Promise<Issued | null> {
  const { storage, issuer } = endpoint;
  const { code } = standing;
  assertStanding(standing, { grant: code.grantId });
  const scopes = leftOf(code.scopes, standing);
  if (scopes.length === 0) throw new OAuthError('nothing_left', { grant: code.grantId });
  const told = toldScopes(endpoint, scopes, standing.role);
  if (told.length === 0) throw nothingToTell(endpoint, scopes, { grant: code.grantId });
  const started = startFamily(issuer, { client, code: { ...code, scopes }, now });
  const { family, token } = started;
  const issued = { ...started.issued, scopes: told };
  return storage.transaction(async (stores) => {
    if (!(await stores.codes.redeem(code, family.id, now))) return null;
    await stores.families.keepNewest(code.grantId, MOST_FAMILIES - 1, now);
    await stores.families.insert(family);
    await stores.accessTokens.insert(token);
    return issued;
  });
}

/** RFC 6749 section 4.1.2: a code that is used twice takes with it what was issued for it. */
async function replayed(
  endpoint: TokenEndpoint,
  { client, caller, now }: GrantRequest,
  code: AuthorizationCode,
): Promise<OAuthError> {
  const { storage } = endpoint;
  const standing = code.familyId === null ? null : await storage.families.standing(code.familyId);
  if (standing === null)
    return new OAuthError('code_replayed', { client: client.id, code: code.id });
  const { family } = standing;
  await endpoint.onIncident({ kind: 'code_replayed', caller, client, family }, ({ families }) =>
    families.revoke(family.id, now),
  );
  return new OAuthError('code_replayed', { client: client.id, code: code.id });
}
