import { Type } from 'typebox';
import type { Connection } from '../../../consent/types.ts';
import { isOffline } from '../../../oauth/vocabulary.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import { ClientTypeSchema } from './app.ts';
import { Count, Flag, resource, Text, TextOrNull, Texts, Time, TimeOrNull } from './shapes.ts';

export const GrantSchema = resource('OAuthGrant', 'oauth_grant', {
  id: Text,
  client_id: Text,
  user_id: Text,
  account_id: Text,
  app_name: Text,
  app_type: ClientTypeSchema,
  app_homepage_url: TextOrNull,
  app_active: Flag,
  scopes: Texts,
  declined_scopes: Type.Array(Type.String(), {
    description: 'Optional scopes that the user left out.',
  }),
  persistent: Type.Boolean({ description: 'It has a refresh token.' }),
  calls_in_30_days: Count,
  last_used_at: TimeOrNull,
  inserted_at: Time,
  updated_at: Time,
});

export const showGrant = (grant: Connection) => ({
  _type: 'oauth_grant',
  id: grant.id,
  client_id: grant.clientId,
  user_id: grant.userId,
  account_id: grant.accountId,
  app_name: grant.app.name,
  app_type: grant.app.type,
  app_homepage_url: grant.app.homepageUrl,
  app_active: grant.app.isActive,
  scopes: grant.scopes,
  declined_scopes: grant.declinedScopes,
  persistent: isOffline(grant.scopes),
  calls_in_30_days: grant.calls,
  last_used_at: isoTimeOrNull(grant.lastUsedAt),
  inserted_at: isoTime(grant.createdAt),
  updated_at: isoTime(grant.updatedAt),
});
