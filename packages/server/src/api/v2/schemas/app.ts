import { Type } from 'typebox';
import { stateOfApp, type App, type AppSecret } from '../../../apps/types.ts';
import { CLIENT_TYPES } from '../../../oauth/vocabulary.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { saidFields, showSaid } from './app-fields.ts';
import { Count, Flag, resource, Text, Time, TimeOrNull } from './shapes.ts';

export const ClientTypeSchema = Type.Unsafe<App['type']>({
  type: 'string',
  enum: [...CLIENT_TYPES],
});

const fields = {
  id: Type.String({ description: 'The client_id.' }),
  user_id: Text,
  account_id: Text,
  app_type: ClientTypeSchema,
  ...saidFields,
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
  ...showSaid(app),
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
