/** Issuing: the records and credentials of an access token, with or without a refresh token beside it. */
import { mintCredential, type MintedCredential } from './format.ts';
import { firstRefreshToken, newFamilyId, type RefreshTokenMaker } from './refresh-token.ts';
import {
  isOffline,
  type AccessToken,
  type AuthorizationCode,
  type Client,
  type TokenFamily,
} from '../vocabulary.ts';

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

/** What one code is exchanged for. */
export function startFamily(
  issuer: Issuer,
  { client, code, now }: { client: Client; code: AuthorizationCode; now: number },
): { family: TokenFamily; token: AccessToken; issued: Issued } {
  const id = newFamilyId(issuer);
  const refresh = isOffline(code.scopes) ? firstRefreshToken(issuer, id) : null;
  const access = mintCredential(issuer.brand, 'oat', issuer.randomBytes);
  const accessEnds = now + accessSecondsOf(issuer, client);
  const { grantId, userId, accountId, scopes } = code;
  const family: TokenFamily = {
    id,
    clientId: client.id,
    grantId,
    userId,
    accountId,
    scopes,
    refreshHash: refresh?.hash ?? null,
    previousHash: null,
    rotationSalt: null,
    rotation: null,
    accessTokenId: access.id,
    generation: 1,
    rotatedAt: now,
    refreshExpiresAt: refresh === null ? null : now + refreshSecondsOf(issuer, client),
    endsAt: refresh === null ? accessEnds : now + issuer.familySeconds,
    createdAt: now,
    revokedAt: null,
  };
  const token = accessTokenOf(access, {
    family,
    scopes,
    generation: 1,
    now,
    expiresAt: accessEnds,
  });
  const issued = {
    accessToken: access.value,
    expiresInSeconds: accessEnds - now,
    scopes,
    refreshToken: refresh?.value ?? null,
    grantId,
  };
  return { family, token, issued };
}

export function accessTokenOf(
  access: MintedCredential,
  given: {
    readonly family: TokenFamily;
    readonly scopes: readonly string[];
    readonly generation: number;
    readonly now: number;
    readonly expiresAt: number;
  },
): AccessToken {
  const { family, scopes, generation, now, expiresAt } = given;
  return {
    id: access.id,
    secretHash: access.hash,
    clientId: family.clientId,
    familyId: family.id,
    userId: family.userId,
    secretId: null,
    accountId: family.accountId,
    scopes,
    generation,
    createdAt: now,
    expiresAt,
    revokedAt: null,
  };
}

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
