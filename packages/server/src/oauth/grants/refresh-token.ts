/** RFC 6749 section 6 with rotation and reuse detection (RFC 9700 section 4.14.2), safe to retry. */
import { isWithin } from '../../kit/clock.ts';
import { equalBytes } from '../../kit/hash.ts';
import { OAuthError } from '../error.ts';
import { narrowedTo } from '../resources.ts';
import type { ResourceIds } from '../../catalogue/resources.ts';
import type { FamilyStanding } from '../ports.ts';
import { missingScopes, nameScopes, splitScopes } from '../../catalogue/catalogue.ts';
import { parseRefreshToken, sameSuccessors } from '../tokens/refresh-token.ts';
import { isOffline, type Client, type TokenFamily } from '../vocabulary.ts';
import {
  assertStanding,
  leftOf,
  nothingToTell,
  toldScopes,
  type Contended,
  type GrantedScopes,
  type GrantRequest,
  type GrantType,
  type PresentedToken,
  type Redemption,
  type TokenEndpoint,
} from './grant-type.ts';

export const refreshToken: GrantType = {
  name: 'refresh_token',
  parameters: ['refresh_token', 'scope'],
  async redeem(endpoint, request) {
    const value = request.parameters.require('refresh_token');
    const parsed = parseRefreshToken(endpoint.issuer, value);
    if (parsed === null) throw new OAuthError('refresh_unknown');
    const standing = await findOwn(endpoint, request.client, parsed.id);
    const scopes = narrowed(endpoint, standing, request);
    const { resources } = standing.family;
    const facts = { family: standing.family.id };
    const narrowedResources = narrowedTo(request.resources, resources, facts);
    const presented = { value, hash: parsed.hash };
    return answer(endpoint, request, { standing, presented, scopes, resources: narrowedResources });
  },
};

interface Asked {
  readonly standing: FamilyStanding;
  readonly presented: PresentedToken;
  readonly scopes: GrantedScopes;
  readonly resources: ResourceIds;
}

/** Another request with the same token was faster, and the next try finds its answer; or the user took something back. */
const contended = ({ id }: TokenFamily): Contended => ({
  outcome: 'contended',
  reason: 'refresh_unknown',
  facts: { family: id },
});

async function findOwn(
  { storage }: TokenEndpoint,
  client: Client,
  familyId: string,
): Promise<FamilyStanding> {
  const standing = await storage.families.standing(familyId);
  if (standing === null) throw new OAuthError('refresh_unknown', { family: familyId });
  const { family } = standing;
  const facts = { client: client.id, family: family.id };
  if (family.clientId !== client.id) throw new OAuthError('refresh_of_other_client', facts);
  if (family.revokedAt !== null) throw new OAuthError('refresh_revoked', facts);
  assertStanding(standing, { grant: family.grantId });
  // Without the scope that it came by, a refresh token is over, whether the user took that back or the client lost it.
  if (!isOffline(leftOf(family.scopes, standing))) throw new OAuthError('refresh_revoked', facts);
  return standing;
}

/**
 * RFC 6749 section 6: never wider than what was granted. Clients go on asking for what the user has taken back; they get the
 * rest, and the answer says so (section 3.3).
 */
function narrowed(
  endpoint: TokenEndpoint,
  standing: FamilyStanding,
  { parameters }: GrantRequest,
): GrantedScopes {
  const { family, declined, role } = standing;
  const left = leftOf(family.scopes, standing);
  const sent = splitScopes(parameters.get('scope') ?? '');
  const names = endpoint.catalogues.current().formerNames.currentOf(sent);
  const granted = [...left, ...declined];
  const asked = new Set(names.map((name) => alias(name, granted)));
  const facts = { family: family.id };
  const foreign = missingScopes([...asked], granted);
  if (foreign.length > 0)
    throw new OAuthError('scope_not_granted', { ...facts, scopes: nameScopes(foreign) });
  // Spaces alone name nothing, as in any other request.
  const kept = names.length === 0 ? left : left.filter((name) => asked.has(name));
  if (kept.length === 0)
    throw new OAuthError('scope_not_granted', { ...facts, scopes: nameScopes([...asked]) });
  const told = toldScopes(endpoint, kept, role);
  if (told.length === 0) throw nothingToTell(endpoint, kept, facts);
  return { kept, told };
}

const alias = (name: string, granted: readonly string[]): string =>
  name === 'offline_access' && !granted.includes(name) ? 'offline' : name;

async function answer(
  endpoint: TokenEndpoint,
  request: GrantRequest,
  asked: Asked,
): Promise<Redemption> {
  const { standing, presented, scopes, resources } = asked;
  const { family } = standing;
  if (isSame(family.refreshHash, presented.hash)) {
    if (Math.min(family.refreshExpiresAt ?? 0, family.endsAt) <= request.now)
      throw new OAuthError('refresh_expired', { family: family.id });
    const holder = { kind: 'family', family, presented, contended: contended(family) } as const;
    return { outcome: 'granted', holder, scopes, resources };
  }
  if (isSame(family.previousHash, presented.hash) && isRetry(endpoint, request, family))
    return repeat(endpoint, request, asked);
  // Somebody else has, or had, a token of this family: nobody keeps it.
  const facts = { client: request.client.id, family: family.id };
  return { outcome: 'replayed', kind: 'refresh_reused', family, facts };
}

const isSame = (left: Uint8Array | null, right: Uint8Array): boolean =>
  left !== null && equalBytes(left, right);

/** The answer was lost, or several parts of one client ask at once: nobody has used anything of it yet. */
const isRetry = (
  { issuer, firstUses }: TokenEndpoint,
  { client, now }: GrantRequest,
  { id: familyId, generation, rotatedAt }: TokenFamily,
): boolean =>
  !client.isRefreshStrict &&
  isWithin(rotatedAt, issuer.retrySeconds, now) &&
  !firstUses.has({ familyId, generation });

const isSameSet = (left: ResourceIds, right: ResourceIds): boolean =>
  new Set(left).symmetricDifference(new Set(right)).size === 0;

/** The answer that the first request got, made again. */
async function repeat(
  endpoint: TokenEndpoint,
  { now, resources }: GrantRequest,
  { standing, presented }: Asked,
): Promise<Redemption> {
  const { storage, issuer } = endpoint;
  const { family } = standing;
  const { accessTokenId, rotationSalt: salt, refreshHash } = family;
  const token = await storage.accessTokens.byId(accessTokenId);
  if (token === null || token.expiresAt <= now || token.revokedAt !== null)
    return contended(family);
  // The first request asked for other APIs: what it was given is not for these.
  if (resources !== null && !isSameSet(resources, token.resources))
    throw new OAuthError('resource_of_repeat', { family: family.id });
  if (salt === null || refreshHash === null) return contended(family);
  const succession = { familyId: family.id, presented: presented.value, salt, accessTokenId };
  const pair = sameSuccessors(issuer, succession, refreshHash);
  // Made by a version that derives in another way: what this one derives would be taken for a theft when it is used.
  if (pair === null) return contended(family);
  return {
    outcome: 'repeated',
    issued: {
      accessToken: pair.access.value,
      expiresInSeconds: token.expiresAt - now,
      scopes: toldScopes(endpoint, leftOf(token.scopes, standing), standing.role),
      refreshToken: pair.refresh.value,
      grantId: family.grantId,
    },
    repetition: { family, salt, key: pair.key, presented: presented.hash },
    contended: contended(family),
  };
}
