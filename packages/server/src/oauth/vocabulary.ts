/** The nouns of RFC 6749 as this server uses them. Times are epoch seconds; hashes are SHA-256, 32 bytes. */

import type { ResourceIds } from '../catalogue/resources.ts';
import type { Jwks } from './clients/jwks.ts';
import type { ScopeHistory } from './clients/scope-history.ts';

/**
 * `web` runs on a server and keeps a secret; `public` runs in a browser or on a device and cannot (RFC 6749 section 2.1);
 * `service` acts as itself and never for a user (section 4.4).
 */
export const CLIENT_TYPES = ['web', 'public', 'service'] as const;
export type ClientType = (typeof CLIENT_TYPES)[number];

export const isClientType = (text: string): text is ClientType =>
  (CLIENT_TYPES as readonly string[]).includes(text);

/** An OAuth client (RFC 6749 section 2). The `apps` module manages it; here it is only read. */
export interface Client {
  /** `client_id`: a UUID. */
  readonly id: string;
  readonly type: ClientType;
  /** What it may send to the token endpoint (RFC 7591 section 2). */
  readonly grantTypes: readonly string[];
  /** Names of the ways in which it may authenticate there; `none` alone for a client that keeps no secret. */
  readonly authenticationMethods: readonly string[];
  /** Public keys by which it may prove who it is; `null`: none are registered. */
  readonly jwks: Jwks | null;
  readonly name: string;
  /** `null`: nobody. */
  readonly ownerId: string | null;
  /** The account that it was registered in; `null` when nobody owns it. */
  readonly accountId: string | null;
  readonly redirectUris: readonly string[];
  /** All that it may ask for. */
  readonly scopes: readonly string[];
  readonly scopeHistory: ScopeHistory;
  /** Those among them that a user may leave out. */
  readonly optionalScopes: readonly string[];
  /** The compatibility switch for public clients that send no `code_challenge`. */
  readonly allowsMissingPkce: boolean;
  /** `null`: as configured for the installation. */
  readonly accessSeconds: number | null;
  readonly refreshSeconds: number | null;
  /** A refresh token is good for one answer, and a repeated request counts as theft. */
  readonly isRefreshStrict: boolean;
  /** Set by operators alone: a resource server that may ask about every token (RFC 7662). */
  readonly mayIntrospect: boolean;
  /** The resource that it is a credential of, when it may introspect; `null`: the first. */
  readonly resourceId: string | null;
  /** `false` when disabled, deleted, or its owner is suspended. */
  readonly isActive: boolean;
  /** Of its owner in its account; `null`: no longer a member, or nobody owns it. */
  readonly ownerRole: string | null;
}

/** One of possibly several that work at the same time. */
export interface ClientSecret {
  /** The public id inside the credential. */
  readonly id: string;
  readonly hash: Uint8Array;
}

export interface RegisteredClient {
  readonly client: Client;
  /** Those that were not revoked. */
  readonly secrets: readonly ClientSecret[];
}

export const isConfidential = ({
  authenticationMethods,
}: Pick<Client, 'authenticationMethods'>): boolean => !authenticationMethods.includes('none');

/** RFC 6749 section 4.1.2: single use, bound to client, redirect URI and code challenge. */
export interface AuthorizationCode {
  /** The public id inside the code. */
  readonly id: string;
  readonly secretHash: Uint8Array;
  readonly clientId: string;
  readonly grantId: string;
  readonly userId: string;
  readonly accountId: string;
  readonly scopes: readonly string[];
  /** What its tokens can be for. */
  readonly resources: ResourceIds;
  /** Where it was sent. */
  readonly redirectUri: string;
  /** The authorization request named it, so the token request must too (RFC 6749 section 4.1.3). */
  readonly isRedirectUriRequired: boolean;
  /** RFC 7636, method S256. */
  readonly codeChallenge: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly redeemedAt: number | null;
  /** What was issued for it. */
  readonly familyId: string | null;
}

/**
 * What can be answered, or used, once on the way to an app: a page that asked, a request that was answered without a page, a
 * re-authentication. Kept for as long as it could come back.
 */
export interface ClosedInteraction {
  /** SHA-256 of what names it. */
  readonly idHash: Uint8Array;
  readonly outcome: 'allow' | 'deny' | 'used';
  /** Of the authorization code that it was answered with. */
  readonly codeId: string | null;
  readonly closedAt: number;
  readonly expiresAt: number;
}

/**
 * Everything issued from one authorization code: one chain of refresh tokens, of which only the newest and, for a retry,
 * the one before it mean anything, and the access tokens made along the way.
 */
export interface TokenFamily {
  /** The public id inside its refresh tokens. */
  readonly id: string;
  readonly clientId: string;
  readonly grantId: string;
  readonly userId: string;
  readonly accountId: string;
  readonly scopes: readonly string[];
  /** What its access tokens can be for. */
  readonly resources: ResourceIds;
  /** Hash of the refresh token that works; `null` for a family without one. */
  readonly refreshHash: Uint8Array | null;
  /** Hash of the one that it replaced. */
  readonly previousHash: Uint8Array | null;
  /** From which, with the replaced token, its successor is made again. */
  readonly rotationSalt: Uint8Array | null;
  /** Who made the newest rotation, and what was repeated of it; `null` before the first, and when it is not known. */
  readonly rotation: RotationFacts | null;
  /** The access token that came with the newest refresh token. */
  readonly accessTokenId: string;
  readonly generation: number;
  readonly rotatedAt: number;
  readonly refreshExpiresAt: number | null;
  /** However often it is refreshed, it ends here. */
  readonly endsAt: number;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

export interface RotationFacts {
  readonly marks: CallerMarks;
  readonly repeats: number;
  /** Those among them from another network or another program. */
  readonly repeatsElsewhere: number;
}

/** Whom a request came from, as keyed hashes: good for nothing but a comparison with another request for the same rotation. */
export interface CallerMarks {
  readonly network: Uint8Array;
  readonly agent: Uint8Array;
}

export interface AccessToken {
  /** The public id inside the credential. */
  readonly id: string;
  readonly secretHash: Uint8Array;
  readonly clientId: string;
  /** `null` for a client that acts as itself. */
  readonly familyId: string | null;
  readonly userId: string | null;
  /** The client secret by which a client that acts as itself got it; it ends with the secret. */
  readonly secretId: string | null;
  readonly accountId: string;
  readonly scopes: readonly string[];
  readonly resources: ResourceIds;
  readonly generation: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

/** The names that ask for refresh tokens: Frame.io's and OpenID Connect's (Core section 11). */
export const OFFLINE_SCOPES: readonly string[] = ['offline', 'offline_access'];

export const isOffline = (scopes: readonly string[]): boolean =>
  scopes.some((scope) => OFFLINE_SCOPES.includes(scope));

/** What the API of this server asks for. All other scopes are names that the APIs of the owner read. */
export const PARTS_OF_SERVER: readonly string[] = ['account.read', 'auditlog.read', 'team.read'];
