/** Records of OAuth for the conformance suites: whole, plausible, and never the same twice. */
import type { User } from '../../src/identity/types.ts';
import type { App, AppSecret } from '../../src/apps/types.ts';
import type { Grant } from '../../src/consent/types.ts';
import { newId } from '../../src/kit/ids.ts';
import { BLANK_FORM, columnsOfForm } from '../../src/oauth/clients/fields.ts';
import { randomBytes } from '../../src/kit/random.ts';
import type { AccessToken, AuthorizationCode, TokenFamily } from '../../src/oauth/vocabulary.ts';
import { newCredentialId } from '../../src/oauth/tokens/format.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { NOW } from './places.ts';
import { addPerson } from './records.ts';
import { ONLY_FIRST } from '../support/first-resource.ts';

const hash = (): Uint8Array => Uint8Array.from(randomBytes(32));
const credentialId = (): string => newCredentialId(randomBytes);

/** The key of RFC 8037, appendix A.2. */
const PUBLIC_JWK = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};

export const newApp = (owner: User, changes: Partial<App> = {}): App => ({
  ...columnsOfForm(BLANK_FORM, (scopes) => scopes),
  id: newId(),
  ownerId: owner.id,
  accountId: owner.accountId,
  type: 'web',
  name: 'Cutting Röom',
  description: 'Cuts "films"',
  homepageUrl: 'https://app.example.com/',
  privacyUrl: null,
  redirectUris: ['https://app.example.com/callback', 'http://127.0.0.1/cb?x=1'],
  scopes: ['asset.read', 'offline'],
  scopeHistory: { revision: 0, gainedAt: new Map() },
  optionalScopes: ['offline'],
  allowsMissingPkce: true,
  accessSeconds: 600,
  refreshSeconds: null,
  isRefreshStrict: true,
  mayIntrospect: true,
  resourceId: null,
  grantTypes: ['authorization_code', 'refresh_token'],
  tokenEndpointAuthMethod: 'client_secret_post',
  jwks: { keys: [PUBLIC_JWK] },
  creationKey: newId(),
  createdAt: NOW,
  updatedAt: NOW,
  disabledAt: null,
  deletedAt: null,
  ...changes,
});

export const newSecret = (app: App, changes: Partial<AppSecret> = {}): AppSecret => ({
  id: credentialId(),
  appId: app.id,
  ownerId: app.ownerId,
  secretHash: hash(),
  creationKey: newId(),
  madeById: null,
  createdAt: NOW,
  revokedAt: null,
  endsAt: null,
  transferredAt: null,
  lastUsedAt: null,
  ...changes,
});

export const newGrant = (user: User, app: App, changes: Partial<Grant> = {}): Grant => ({
  id: newId(),
  userId: user.id,
  clientId: app.id,
  accountId: user.accountId,
  scopes: ['asset.read', 'offline'],
  resources: ONLY_FIRST,
  declinedScopes: [],
  lapsedScopes: [],
  appRevision: 0,
  createdAt: NOW,
  updatedAt: NOW,
  revokedAt: null,
  lastUsedAt: null,
  ...changes,
});

const ofGrant = ({ id, userId, clientId, accountId, scopes, resources }: Grant) => ({
  grantId: id,
  userId,
  clientId,
  accountId,
  scopes,
  resources,
});

export const newCode = (
  grant: Grant,
  changes: Partial<AuthorizationCode> = {},
): AuthorizationCode => ({
  id: credentialId(),
  secretHash: hash(),
  ...ofGrant(grant),
  redirectUri: 'https://app.example.com/callback',
  isRedirectUriRequired: true,
  codeChallenge: null,
  createdAt: NOW,
  expiresAt: NOW + 60,
  redeemedAt: null,
  familyId: null,
  ...changes,
});

export const newFamily = (grant: Grant, changes: Partial<TokenFamily> = {}): TokenFamily => ({
  id: credentialId(),
  ...ofGrant(grant),
  refreshHash: hash(),
  previousHash: null,
  rotationSalt: null,
  rotation: null,
  accessTokenId: credentialId(),
  generation: 1,
  rotatedAt: NOW,
  refreshExpiresAt: NOW + 1000,
  endsAt: NOW + 10_000,
  createdAt: NOW,
  revokedAt: null,
  ...changes,
});

export const newAccessToken = (
  family: TokenFamily,
  changes: Partial<AccessToken> = {},
): AccessToken => ({
  id: credentialId(),
  secretHash: hash(),
  clientId: family.clientId,
  familyId: family.id,
  userId: family.userId,
  secretId: null,
  accountId: family.accountId,
  scopes: family.scopes,
  resources: family.resources,
  generation: 1,
  createdAt: NOW,
  expiresAt: NOW + 3600,
  revokedAt: null,
  ...changes,
});

export interface Connected {
  readonly user: User;
  readonly app: App;
  readonly grant: Grant;
  readonly code: AuthorizationCode;
  readonly family: TokenFamily;
  readonly token: AccessToken;
}

/** A person whose own app is connected: a grant, a code that was not used, a family and its access token. */
export async function addConnected(
  storage: Storage,
  changes: Partial<App> = {},
): Promise<Connected> {
  const { user } = await addPerson(storage);
  const app = newApp(user, changes);
  const grant = newGrant(user, app);
  const family = newFamily(grant);
  const [code, token] = [newCode(grant), newAccessToken(family, { id: family.accessTokenId })];
  await storage.apps.insert(app);
  await storage.grants.insert(grant);
  await storage.codes.insert(code);
  await storage.families.insert(family);
  await storage.accessTokens.insert(token);
  return { user, app, grant, code, family, token };
}
