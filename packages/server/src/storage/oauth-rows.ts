/** Rows of OAuth tables to records and back. */
import type { Selectable } from 'kysely';
import type { App } from '../apps/types.ts';
import type { Grant } from '../consent/types.ts';
import { joinScopes, splitScopes } from '../oauth/scope.ts';
import type { AccessToken, AuthorizationCode, Client, TokenFamily } from '../oauth/vocabulary.ts';
import type { OAuthSchema } from './oauth-schema.ts';
import { toCamel, toSnake } from './rows.ts';
import { searchText } from './search-text.ts';

type Row<Table extends keyof OAuthSchema> = Selectable<OAuthSchema[Table]>;

/** URIs hold no spaces: the same join serves them. */
const joinList = joinScopes;
const splitList = splitScopes;

export function toApp(row: Row<'apps'>): App {
  const { searchName: _searchName, ...app } = toCamel(row);
  return {
    ...app,
    redirectUris: splitList(row.redirect_uris),
    scopes: splitList(row.scopes),
    optionalScopes: splitList(row.optional_scopes),
    allowsMissingPkce: row.allows_missing_pkce === 1,
    isRefreshStrict: row.is_refresh_strict === 1,
    mayIntrospect: row.may_introspect === 1,
  };
}

/** Columns of those fields that are there. */
export function fromApp(app: Partial<App>): Record<string, unknown> {
  const { redirectUris, scopes, optionalScopes, ...rest } = app;
  const { allowsMissingPkce, isRefreshStrict, mayIntrospect, ...plain } = rest;
  const flag = (value: boolean | undefined): number | undefined =>
    value === undefined ? undefined : Number(value);
  const list = (values: readonly string[] | undefined): string | undefined =>
    values === undefined ? undefined : joinList(values);
  return toSnake({
    ...plain,
    searchName: plain.name === undefined ? undefined : searchText(plain.name),
    redirectUris: list(redirectUris),
    scopes: list(scopes),
    optionalScopes: list(optionalScopes),
    allowsMissingPkce: flag(allowsMissingPkce),
    isRefreshStrict: flag(isRefreshStrict),
    mayIntrospect: flag(mayIntrospect),
  });
}

export function toClient(row: Row<'apps'> & { owner_suspended_at: number | null }): Client {
  const { id, type, name, ownerId, accountId, ...app } = toApp(row);
  const { redirectUris, scopes, optionalScopes, allowsMissingPkce } = app;
  const { accessSeconds, refreshSeconds, isRefreshStrict, mayIntrospect } = app;
  return {
    id,
    type,
    name,
    ownerId,
    accountId,
    redirectUris,
    scopes,
    optionalScopes,
    allowsMissingPkce,
    accessSeconds,
    refreshSeconds,
    isRefreshStrict,
    mayIntrospect,
    isActive: app.disabledAt === null && row.owner_suspended_at === null,
  };
}

export function toGrant(row: Row<'grants'>): Grant {
  return {
    ...toCamel(row),
    scopes: splitList(row.scopes),
    declinedScopes: splitList(row.declined_scopes),
  };
}

export function fromGrant(grant: Grant): Row<'grants'> {
  const lists = {
    scopes: joinList(grant.scopes),
    declined_scopes: joinList(grant.declinedScopes),
  };
  return { ...toSnake(grant), ...lists } as Row<'grants'>;
}

export function toCode(row: Row<'authorization_codes'>): AuthorizationCode {
  return {
    ...toCamel(row),
    scopes: splitList(row.scopes),
    isRedirectUriRequired: row.is_redirect_uri_required === 1,
  };
}

export function fromCode(code: AuthorizationCode): Row<'authorization_codes'> {
  const columns = {
    scopes: joinList(code.scopes),
    is_redirect_uri_required: Number(code.isRedirectUriRequired),
  };
  return { ...toSnake(code), ...columns } as Row<'authorization_codes'>;
}

export const toFamily = (row: Row<'token_families'>): TokenFamily => ({
  ...toCamel(row),
  scopes: splitList(row.scopes),
});

export const fromFamily = (family: TokenFamily): Row<'token_families'> =>
  ({ ...toSnake(family), scopes: joinList(family.scopes) }) as Row<'token_families'>;

export const toAccessToken = (row: Row<'access_tokens'>): AccessToken => ({
  ...toCamel(row),
  scopes: splitList(row.scopes),
});

export const fromAccessToken = (token: AccessToken): Row<'access_tokens'> =>
  ({ ...toSnake(token), scopes: joinList(token.scopes) }) as Row<'access_tokens'>;
