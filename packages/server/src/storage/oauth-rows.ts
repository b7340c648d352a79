/** Rows of OAuth tables to records and back. Spelt out where every token request passes: renaming takes several times as long. */
import type { Selectable } from 'kysely';
import type { App } from '../apps/types.ts';
import type { Grant } from '../consent/types.ts';
import { joinScopes, missingScopes, splitScopes } from '../catalogue/catalogue.ts';
import { termsOf } from '../oauth/clients/client-terms.ts';
import { readStoredJwks, writeJwks } from '../oauth/clients/jwks.ts';
import {
  coveredScopes,
  readGained,
  writeGained,
  type AppScopes,
} from '../oauth/clients/scope-history.ts';
import type { AccessToken, AuthorizationCode, Client, TokenFamily } from '../oauth/vocabulary.ts';
import type { ScopedHandle } from './engine.ts';
import type { OAuthSchema } from './oauth-schema.ts';
import { changedRow, newRow, toCamel, type ChangedRow, type NewRow } from './rows.ts';
import { searchText } from './search-text.ts';
import { readResources, writeResources } from './stored-resources.ts';

type Row<Table extends keyof OAuthSchema> = Selectable<OAuthSchema[Table]>;

/** URIs hold no spaces: the same join serves them. */
const joinList = joinScopes;
const splitList = splitScopes;

/** Rows may name scopes as they were called when they were written. */
type Names = Pick<ScopedHandle, 'catalogues'>;

export const scopeReader =
  ({ catalogues }: Names) =>
  (text: string): readonly string[] =>
    catalogues.current().formerNames.currentOf(splitScopes(text));

/** What an app may ask for, and since when: under several former names of one scope, since the first. */
export function readAppScopes(
  { catalogues }: Names,
  row: Pick<Row<'apps'>, 'scopes' | 'gained_scopes' | 'scope_revision'>,
): AppScopes {
  const { formerNames } = catalogues.current();
  const named = splitScopes(row.scopes);
  const gained = readGained(row.gained_scopes);
  const revision = row.scope_revision;
  if (formerNames.isEmpty) return { scopes: named, scopeHistory: { revision, gainedAt: gained } };
  const gainedAt = new Map<string, number>();
  for (const name of named) {
    const present = formerNames.current(name);
    const since = gained.get(name) ?? 0;
    gainedAt.set(present, Math.min(gainedAt.get(present) ?? since, since));
  }
  return { scopes: formerNames.currentOf(named), scopeHistory: { revision, gainedAt } };
}

export const appReader =
  (names: Names) =>
  (row: Row<'apps'>): App =>
    toApp(names, row);

function toApp(names: Names, row: Row<'apps'>): App {
  const {
    searchName: _searchName,
    groupId: _groupId,
    grantsEndedAt: _grantsEndedAt,
    scopeRevision: _revision,
    gainedScopes: _,
    ...app
  } = toCamel(row);
  return {
    ...app,
    redirectUris: splitList(row.redirect_uris),
    ...readAppScopes(names, row),
    optionalScopes: scopeReader(names)(row.optional_scopes),
    allowsMissingPkce: row.allows_missing_pkce === 1,
    isRefreshStrict: row.is_refresh_strict === 1,
    mayIntrospect: row.may_introspect === 1,
    grantTypes: ifThere(row.grant_types, splitList),
    jwks: ifThere(row.jwks, readStoredJwks),
  };
}

export function fromApp({ scopeHistory, ...app }: App): NewRow<'apps'> {
  return newRow('apps', {
    ...app,
    searchName: searchText(app.name),
    redirectUris: joinList(app.redirectUris),
    scopes: joinList(app.scopes),
    scopeRevision: scopeHistory.revision,
    gainedScopes: writeGained(scopeHistory.gainedAt),
    optionalScopes: joinList(app.optionalScopes),
    allowsMissingPkce: Number(app.allowsMissingPkce),
    isRefreshStrict: Number(app.isRefreshStrict),
    mayIntrospect: Number(app.mayIntrospect),
    grantTypes: ifThere(app.grantTypes, joinList),
    jwks: ifThere(app.jwks, writeJwks),
  });
}

export function fromAppChanges({ scopeHistory, ...changes }: Partial<App>): ChangedRow<'apps'> {
  return changedRow('apps', {
    ...changes,
    searchName: ifGiven(changes.name, searchText),
    redirectUris: ifGiven(changes.redirectUris, joinList),
    scopes: ifGiven(changes.scopes, joinList),
    scopeRevision: scopeHistory?.revision,
    gainedScopes: ifGiven(scopeHistory?.gainedAt, writeGained),
    optionalScopes: ifGiven(changes.optionalScopes, joinList),
    allowsMissingPkce: ifGiven(changes.allowsMissingPkce, Number),
    isRefreshStrict: ifGiven(changes.isRefreshStrict, Number),
    mayIntrospect: ifGiven(changes.mayIntrospect, Number),
    grantTypes: ifGiven(changes.grantTypes, (types) => ifThere(types, joinList)),
    jwks: ifGiven(changes.jwks, (jwks) => ifThere(jwks, writeJwks)),
  });
}

const ifThere = <Value, Other>(value: Value | null, change: (value: Value) => Other) =>
  value === null ? null : change(value);

const ifGiven = <Value, Stored>(
  value: Value | undefined,
  store: (value: Value) => Stored,
): Stored | undefined => (value === undefined ? undefined : store(value));

export interface ClientRow extends Row<'apps'> {
  readonly owner_suspended_at: number | null;
  readonly owner_role: string | null;
}

export function toClient(names: Names, row: ClientRow): Client {
  const { id, type, name, ownerId, accountId, ...app } = toApp(names, row);
  const { redirectUris, scopes, scopeHistory, optionalScopes, allowsMissingPkce } = app;
  const { accessSeconds, refreshSeconds, isRefreshStrict, mayIntrospect, resourceId } = app;
  return {
    id,
    type,
    ...termsOf({ type, ...app }),
    jwks: app.jwks,
    name,
    ownerId,
    accountId,
    redirectUris,
    scopes,
    scopeHistory,
    optionalScopes,
    allowsMissingPkce,
    accessSeconds,
    refreshSeconds,
    isRefreshStrict,
    mayIntrospect,
    resourceId,
    isActive: app.disabledAt === null && row.owner_suspended_at === null,
    ownerRole: row.owner_role,
  };
}

/** What a consent covers depends on its app; these are read beside it. */
export interface AppScopesRow {
  readonly app_scopes: string;
  readonly gained_scopes: string;
}

export interface GrantRow extends Row<'grants'>, AppScopesRow {}

export function toGrant(names: Names, { app_scopes, gained_scopes, ...row }: GrantRow): Grant {
  const allowed = scopeReader(names)(row.scopes);
  const scopes = coveredIn(names, { ...row, app_scopes, gained_scopes });
  const { groupId: _groupId, accessEpoch: _epoch, ...grant } = toCamel(row);
  return {
    ...grant,
    scopes,
    resources: readResources(names, row.resources),
    declinedScopes: missingScopes(scopeReader(names)(row.declined_scopes), scopes),
    lapsedScopes: missingScopes(allowed, scopes),
  };
}

interface CoveredRow extends AppScopesRow {
  /** What the user allowed. */
  readonly scopes: string;
  readonly app_revision: number;
}

/** Parsed again for each row: nearly always there is nothing in `gained_scopes`. */
export function coveredIn(names: Names, row: CoveredRow): readonly string[] {
  const { app_scopes: scopes, gained_scopes, app_revision: scope_revision } = row;
  const app = readAppScopes(names, { scopes, gained_scopes, scope_revision });
  return coveredScopes(scopeReader(names)(row.scopes), app, scope_revision);
}

export const fromGrant = (names: Names, { lapsedScopes, ...grant }: Grant): NewRow<'grants'> =>
  newRow('grants', {
    ...grant,
    scopes: joinList([...grant.scopes, ...lapsedScopes]),
    resources: writeResources(names, grant.resources),
    declinedScopes: joinList(grant.declinedScopes),
  });

export const toCode = (names: Names, row: Row<'authorization_codes'>): AuthorizationCode => ({
  id: row.id,
  secretHash: row.secret_hash,
  clientId: row.client_id,
  grantId: row.grant_id,
  userId: row.user_id,
  accountId: row.account_id,
  scopes: scopeReader(names)(row.scopes),
  resources: readResources(names, row.resources),
  redirectUri: row.redirect_uri,
  isRedirectUriRequired: row.is_redirect_uri_required === 1,
  codeChallenge: row.code_challenge,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  redeemedAt: row.redeemed_at,
  familyId: row.family_id,
});

export const fromCode = (names: Names, code: AuthorizationCode): Row<'authorization_codes'> => ({
  id: code.id,
  secret_hash: code.secretHash,
  client_id: code.clientId,
  grant_id: code.grantId,
  user_id: code.userId,
  account_id: code.accountId,
  scopes: joinList(code.scopes),
  resources: writeResources(names, code.resources),
  redirect_uri: code.redirectUri,
  is_redirect_uri_required: Number(code.isRedirectUriRequired),
  code_challenge: code.codeChallenge,
  created_at: code.createdAt,
  expires_at: code.expiresAt,
  redeemed_at: code.redeemedAt,
  family_id: code.familyId,
});

export const toFamily = (names: Names, row: Row<'token_families'>): TokenFamily => ({
  id: row.id,
  clientId: row.client_id,
  grantId: row.grant_id,
  userId: row.user_id,
  accountId: row.account_id,
  scopes: scopeReader(names)(row.scopes),
  resources: readResources(names, row.resources),
  refreshHash: row.refresh_hash,
  previousHash: row.previous_hash,
  rotationSalt: row.rotation_salt,
  rotation: toRotation(row),
  accessTokenId: row.access_token_id,
  generation: row.generation,
  rotatedAt: row.rotated_at,
  refreshExpiresAt: row.refresh_expires_at,
  endsAt: row.ends_at,
  createdAt: row.created_at,
  revokedAt: row.revoked_at,
});

/** A version that does not know these columns rotates without them: then they are about a rotation of before. */
function toRotation(row: Row<'token_families'>): TokenFamily['rotation'] {
  const { rotated_network: network, rotated_agent: agent } = row;
  if (network === null || agent === null || row.rotated_generation !== row.generation) return null;
  return {
    marks: { network, agent },
    repeats: row.repeats,
    repeatsElsewhere: row.repeats_elsewhere,
  };
}

export const fromFamily = (names: Names, family: TokenFamily): Row<'token_families'> => ({
  id: family.id,
  client_id: family.clientId,
  grant_id: family.grantId,
  user_id: family.userId,
  account_id: family.accountId,
  scopes: joinList(family.scopes),
  resources: writeResources(names, family.resources),
  refresh_hash: family.refreshHash,
  previous_hash: family.previousHash,
  rotation_salt: family.rotationSalt,
  rotated_network: family.rotation?.marks.network ?? null,
  rotated_agent: family.rotation?.marks.agent ?? null,
  rotated_generation: family.rotation === null ? null : family.generation,
  repeats: family.rotation?.repeats ?? 0,
  repeats_elsewhere: family.rotation?.repeatsElsewhere ?? 0,
  access_token_id: family.accessTokenId,
  generation: family.generation,
  rotated_at: family.rotatedAt,
  refresh_expires_at: family.refreshExpiresAt,
  ends_at: family.endsAt,
  created_at: family.createdAt,
  revoked_at: family.revokedAt,
});

export const toAccessToken = (names: Names, row: Row<'access_tokens'>): AccessToken => ({
  id: row.id,
  secretHash: row.secret_hash,
  clientId: row.client_id,
  familyId: row.family_id,
  userId: row.user_id,
  secretId: row.secret_id,
  accountId: row.account_id,
  scopes: scopeReader(names)(row.scopes),
  resources: readResources(names, row.resources),
  generation: row.generation,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
});

export const fromAccessToken = (names: Names, token: AccessToken): Row<'access_tokens'> => ({
  id: token.id,
  secret_hash: token.secretHash,
  client_id: token.clientId,
  family_id: token.familyId,
  user_id: token.userId,
  secret_id: token.secretId,
  account_id: token.accountId,
  scopes: joinList(token.scopes),
  resources: writeResources(names, token.resources),
  generation: token.generation,
  created_at: token.createdAt,
  expires_at: token.expiresAt,
  revoked_at: token.revokedAt,
});
