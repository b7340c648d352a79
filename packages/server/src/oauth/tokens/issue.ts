/** The records and the answer of what is issued. Pure: `grants/issue.ts` stores them. */
import { mayRefresh } from '../clients/client-terms.ts';
import { mintCredential, type MintedCredential } from './format.ts';
import { firstRefreshToken, newFamilyId, type RefreshTokenMaker } from './refresh-token.ts';
import type { ResourceIds } from '../../catalogue/resources.ts';
import { isOffline, type AccessToken, type Client, type TokenFamily } from '../vocabulary.ts';

export interface Issuer extends RefreshTokenMaker {
  /** How long an access token lives, unless the client says otherwise. */
  readonly accessSeconds: number;
  /** How long an unused refresh token lives, unless the client says otherwise. */
  readonly refreshSeconds: number;
  /** After this long, refreshing ends whatever happens. */
  readonly familySeconds: number;
  /** How long a refresh that was answered may be repeated. */
  readonly retrySeconds: number;
}

export interface Issued {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly scopes: readonly string[];
  readonly refreshToken: string | null;
  /** `null` for a client that acts as itself. */
  readonly grantId: string | null;
}

export const accessSecondsOf = (issuer: Issuer, client: Client): number =>
  client.accessSeconds ?? issuer.accessSeconds;

export const refreshSecondsOf = (issuer: Issuer, client: Client): number =>
  client.refreshSeconds ?? issuer.refreshSeconds;

/** Whose tokens a new family holds. */
export interface FamilyOwner {
  readonly grantId: string;
  readonly userId: string;
  readonly accountId: string;
}

export interface NewFamily {
  readonly family: TokenFamily;
  readonly access: MintedCredential;
  /** `null` unless the scopes ask for one, and the client may have one. */
  readonly refresh: MintedCredential | null;
  /** When the access token ends. */
  readonly expiresAt: number;
}

export function newFamily(
  issuer: Issuer,
  given: {
    readonly client: Client;
    readonly owner: FamilyOwner;
    readonly scopes: readonly string[];
    readonly resources: ResourceIds;
    readonly now: number;
  },
): NewFamily {
  const { client, owner, scopes, resources, now } = given;
  const id = newFamilyId(issuer);
  const refresh = isOffline(scopes) && mayRefresh(client) ? firstRefreshToken(issuer, id) : null;
  const access = mintCredential(issuer.brand, 'oat', issuer.randomBytes);
  const expiresAt = now + accessSecondsOf(issuer, client);
  const family: TokenFamily = {
    id,
    clientId: client.id,
    grantId: owner.grantId,
    userId: owner.userId,
    accountId: owner.accountId,
    scopes,
    resources,
    refreshHash: refresh?.hash ?? null,
    previousHash: null,
    rotationSalt: null,
    rotation: null,
    accessTokenId: access.id,
    generation: 1,
    rotatedAt: now,
    refreshExpiresAt: refresh === null ? null : now + refreshSecondsOf(issuer, client),
    endsAt: refresh === null ? expiresAt : now + issuer.familySeconds,
    createdAt: now,
    revokedAt: null,
  };
  return { family, access, refresh, expiresAt };
}

interface Lifetime {
  readonly now: number;
  readonly expiresAt: number;
}

/** An access token by which a client acts for a user. */
export const tokenOfFamily = (
  access: MintedCredential,
  given: Lifetime & {
    readonly family: TokenFamily;
    readonly scopes: readonly string[];
    readonly resources: ResourceIds;
    readonly generation: number;
  },
): AccessToken => ({
  id: access.id,
  secretHash: access.hash,
  clientId: given.family.clientId,
  familyId: given.family.id,
  userId: given.family.userId,
  secretId: null,
  accountId: given.family.accountId,
  scopes: given.scopes,
  resources: given.resources,
  generation: given.generation,
  createdAt: given.now,
  expiresAt: given.expiresAt,
  revokedAt: null,
});

/** An access token by which a client acts as itself. */
export const tokenOfClient = (
  access: MintedCredential,
  given: Lifetime & {
    readonly client: Client;
    readonly secretId: string | null;
    readonly accountId: string;
    readonly scopes: readonly string[];
    readonly resources: ResourceIds;
  },
): AccessToken => ({
  id: access.id,
  secretHash: access.hash,
  clientId: given.client.id,
  familyId: null,
  userId: null,
  secretId: given.secretId,
  accountId: given.accountId,
  scopes: given.scopes,
  resources: given.resources,
  generation: 1,
  createdAt: given.now,
  expiresAt: given.expiresAt,
  revokedAt: null,
});

/** RFC 6749 section 5.1, in Frame.io's order. */
export interface TokenResponse {
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token?: string;
  readonly scope: string;
  readonly token_type: 'bearer';
}

export const writeTokenResponse = (issued: Issued): TokenResponse => ({
  access_token: issued.accessToken,
  expires_in: issued.expiresInSeconds,
  ...(issued.refreshToken !== null && { refresh_token: issued.refreshToken }),
  scope: issued.scopes.join(' '),
  token_type: 'bearer',
});
