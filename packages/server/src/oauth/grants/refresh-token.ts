/** RFC 6749 section 6 with rotation and reuse detection (RFC 9700 section 4.14.2), safe to retry. */
import { isWithin } from '../../kit/clock.ts';
import { equalBytes } from '../../kit/hash.ts';
import { OAuthError } from '../error.ts';
import type { FamilyStanding } from '../ports.ts';
import { missingScopes, nameScopes, splitScopes } from '../scope.ts';
import { newCredentialId } from '../tokens/format.ts';
import { accessSecondsOf, accessTokenOf, refreshSecondsOf, type Issued } from '../tokens/issue.ts';
import { marksOf } from '../tokens/caller-marks.ts';
import { parseRefreshToken, sameSuccessors, successorsOf } from '../tokens/refresh-token.ts';
import { isOffline, type Client, type TokenFamily } from '../vocabulary.ts';
import { countRepeat } from './repeat.ts';
import {
  assertStanding,
  leftOf,
  nothingToTell,
  toldScopes,
  type GrantRequest,
  type GrantType,
  type TokenEndpoint,
} from './grant-type.ts';

/** Workers of one client that share an answer still hold the access tokens of the refreshes before. */
const KEPT_GENERATIONS = 8;
const SALT_BYTES = 16;

export const refreshToken: GrantType = {
  name: 'refresh_token',
  parameters: ['refresh_token', 'scope'],
  clientTypes: ['web', 'public'],
  async redeem(endpoint, request) {
    const value = request.parameters.require('refresh_token');
    const presented = parseRefreshToken(endpoint.issuer, value);
    if (presented === null) throw new OAuthError('refresh_unknown');
    const asked = { value, hash: presented.hash };
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      // Whatever made the last try fail is read anew: another request's answer, or what the user took back meanwhile.
      const standing = await findOwn(endpoint, request.client, presented.id);
      const scopes = narrowed(endpoint, standing, request);
      const issued = await answer(endpoint, request, { standing, asked, scopes });
      if (issued !== null) return issued;
    }
    throw new OAuthError('refresh_unknown', { family: presented.id });
  },
};

/** The first fails when another request with the same token is faster, and then the second finds that answer. */
const MOST_TRIES = 4;

interface Asked {
  readonly standing: FamilyStanding;
  readonly asked: { readonly value: string; readonly hash: Uint8Array };
  readonly scopes: Narrowed;
}

interface Narrowed {
  /** What the access token is given. */
  readonly given: readonly string[];
  /** Of these, what the user's role allows now. */
  readonly told: readonly string[];
}

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
): Narrowed {
  const { family, declined, role } = standing;
  const left = leftOf(family.scopes, standing);
  const sent = splitScopes(parameters.get('scope') ?? '');
  const names = endpoint.catalogue.formerNames.currentOf(sent);
  const granted = [...left, ...declined];
  const asked = new Set(names.map((name) => alias(name, granted)));
  const facts = { family: family.id };
  const foreign = missingScopes([...asked], granted);
  if (foreign.length > 0)
    throw new OAuthError('scope_not_granted', { ...facts, scopes: nameScopes(foreign) });
  // Spaces alone name nothing, as in any other request.
  const given = names.length === 0 ? left : left.filter((name) => asked.has(name));
  if (given.length === 0)
    throw new OAuthError('scope_not_granted', { ...facts, scopes: nameScopes([...asked]) });
  const told = toldScopes(endpoint, given, role);
  if (told.length === 0) throw nothingToTell(endpoint, given, facts);
  return { given, told };
}

const alias = (name: string, granted: readonly string[]): string =>
  name === 'offline_access' && !granted.includes(name) ? 'offline' : name;

/** `null` when the family changed since it was read. */
async function answer(
  endpoint: TokenEndpoint,
  request: GrantRequest,
  given: Asked,
): Promise<Issued | null> {
  const { family } = given.standing;
  const { hash } = given.asked;
  if (isSame(family.refreshHash, hash)) return rotate(endpoint, request, given);
  if (isSame(family.previousHash, hash) && isRetry(endpoint, request, family))
    return repeat(endpoint, request, given);
  throw await reused(endpoint, request, family);
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

async function rotate(
  { storage, issuer, randomBytes }: TokenEndpoint,
  { client, caller, now }: GrantRequest,
  { standing: { family }, asked, scopes }: Asked,
): Promise<Issued | null> {
  if (Math.min(family.refreshExpiresAt ?? 0, family.endsAt) <= now)
    throw new OAuthError('refresh_expired', { family: family.id });
  const salt = randomBytes(SALT_BYTES);
  const accessTokenId = newCredentialId(randomBytes);
  const succession = { familyId: family.id, presented: asked.value, salt, accessTokenId };
  const { key, refresh, access } = successorsOf(issuer, succession);
  const generation = family.generation + 1;
  const expiresAt = Math.min(now + accessSecondsOf(issuer, client), family.endsAt);
  const refreshExpiresAt = Math.min(now + refreshSecondsOf(issuer, client), family.endsAt);
  const rotation = {
    from: asked.hash,
    scopes: family.scopes,
    to: refresh.hash,
    salt,
    marks: marksOf(key, caller, salt),
    accessTokenId,
    generation,
    refreshExpiresAt,
  };
  const isRotated = await storage.transaction(async (stores) => {
    if (!(await stores.families.rotate(family.id, rotation, now))) return false;
    await stores.accessTokens.insert(
      accessTokenOf(access, { family, scopes: scopes.given, generation, now, expiresAt }),
    );
    if (generation > KEPT_GENERATIONS)
      await stores.accessTokens.dropUpTo(family.id, generation - KEPT_GENERATIONS);
    return true;
  });
  if (!isRotated) return null;
  return {
    accessToken: access.value,
    expiresInSeconds: expiresAt - now,
    scopes: scopes.told,
    refreshToken: refresh.value,
    grantId: family.grantId,
  };
}

/** The answer that the first request got, made again. */
async function repeat(
  endpoint: TokenEndpoint,
  request: GrantRequest,
  { standing, asked }: Asked,
): Promise<Issued | null> {
  const { storage, issuer } = endpoint;
  const { now } = request;
  const { family } = standing;
  const { accessTokenId, rotationSalt: salt } = family;
  const token = await storage.accessTokens.byId(accessTokenId);
  const isOver = token === null || token.expiresAt <= now || token.revokedAt !== null;
  const { refreshHash } = family;
  if (salt === null || isOver || refreshHash === null) return null;
  const succession = { familyId: family.id, presented: asked.value, salt, accessTokenId };
  const pair = sameSuccessors(issuer, succession, refreshHash);
  // Made by a version that derives in another way: what this one derives would be taken for a theft when it is used.
  if (pair === null) return null;
  if (
    !(await countRepeat(endpoint, request, { family, salt, key: pair.key, presented: asked.hash }))
  )
    return null;
  return {
    accessToken: pair.access.value,
    expiresInSeconds: token.expiresAt - now,
    scopes: toldScopes(endpoint, leftOf(token.scopes, standing), standing.role),
    refreshToken: pair.refresh.value,
    grantId: family.grantId,
  };
}

/** Somebody else has, or had, a token of this family: nobody keeps it. */
async function reused(
  { onIncident }: TokenEndpoint,
  { client, caller, now }: GrantRequest,
  family: TokenFamily,
): Promise<OAuthError> {
  await onIncident({ kind: 'refresh_reused', caller, client, family }, ({ families }) =>
    families.revoke(family.id, now),
  );
  return new OAuthError('refresh_reused', { client: client.id, family: family.id });
}
