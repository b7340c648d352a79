import { Type } from 'typebox';
import { stateOfApp, type App, type AppSecret } from '../../../apps/types.ts';
import { CLIENT_TYPES } from '../../../oauth/vocabulary.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { Count, Flag, resource, Text, TextOrNull, Texts, Time, TimeOrNull } from './shapes.ts';

const SecondsOrNull = Type.Unsafe<number | null>({
  type: ['integer', 'null'],
  description: 'Seconds; null: as configured for the installation.',
});

export const ClientTypeSchema = Type.Unsafe<App['type']>({
  type: 'string',
  enum: [...CLIENT_TYPES],
});

const fields = {
  id: Type.String({ description: 'The client_id.' }),
  user_id: Text,
  account_id: Text,
  app_type: ClientTypeSchema,
  name: Text,
  description: TextOrNull,
  homepage_url: TextOrNull,
  privacy_url: TextOrNull,
  redirect_uris: Texts,
  scopes: Texts,
  optional_scopes: Texts,
  allows_missing_pkce: Flag,
  access_seconds: SecondsOrNull,
  refresh_seconds: SecondsOrNull,
  strict_refresh: Flag,
  may_introspect: Flag,
  state: Type.Unsafe<string>({ type: 'string', enum: ['active', 'disabled'] }),
  users_connected: Count,
  disabled_at: TimeOrNull,
  inserted_at: Time,
  updated_at: Time,
};

export const AppSchema = resource('OAuthApp', 'oauth_app', fields);

export const NewAppSchema = resource('CreatedOAuthApp', 'oauth_app', {
  ...fields,
  client_secret: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: 'The first client secret, never shown again; null for a public app.',
  }),
});

export const showApp = (app: App, usersConnected: number) => ({
  _type: 'oauth_app',
  id: app.id,
  user_id: app.ownerId,
  account_id: app.accountId,
  app_type: app.type,
  name: app.name,
  description: app.description,
  homepage_url: app.homepageUrl,
  privacy_url: app.privacyUrl,
  redirect_uris: app.redirectUris,
  scopes: app.scopes,
  optional_scopes: app.optionalScopes,
  allows_missing_pkce: app.allowsMissingPkce,
  access_seconds: app.accessSeconds,
  refresh_seconds: app.refreshSeconds,
  strict_refresh: app.isRefreshStrict,
  may_introspect: app.mayIntrospect,
  state: stateOfApp(app),
  users_connected: usersConnected,
  disabled_at: isoTimeOrNull(app.disabledAt),
  inserted_at: isoTime(app.createdAt),
  updated_at: isoTime(app.updatedAt),
});

const secretFields = {
  id: Text,
  client_id: Text,
  last_used_at: TimeOrNull,
  inserted_at: Time,
};

export const ClientSecretSchema = resource('ClientSecret', 'client_secret', secretFields);

export const NewClientSecretSchema = resource('CreatedClientSecret', 'client_secret', {
  ...secretFields,
  client_secret: Type.String({ description: 'The credential. It is never shown again.' }),
});

export const showSecret = (secret: AppSecret) => ({
  _type: 'client_secret',
  id: secret.id,
  client_id: secret.appId,
  last_used_at: isoTimeOrNull(secret.lastUsedAt),
  inserted_at: isoTime(secret.createdAt),
});
