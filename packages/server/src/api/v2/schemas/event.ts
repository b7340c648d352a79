import { Type } from 'typebox';
import type { Event } from '../../../audit/event.ts';
import { isoTime } from '../iso-time.ts';
import { resource, Text, TextOrNull, Time } from './shapes.ts';

const RESOURCE_TYPES = [
  'user',
  'session',
  'user_token',
  'membership',
  'oauth_app',
  'oauth_grant',
  null,
] as const satisfies readonly Event['resourceType'][];

const ResourceType = Type.Unsafe<Event['resourceType']>({
  type: ['string', 'null'],
  enum: [...RESOURCE_TYPES],
});

export const EventSchema = resource('AuditEvent', 'audit', {
  id: Text,
  account_id: TextOrNull,
  user_id: TextOrNull,
  actor_id: TextOrNull,
  event_type: Text,
  action: Text,
  event_details: Type.Object({}, { additionalProperties: true }),
  resource_id: TextOrNull,
  resource_type: TextOrNull,
  item_id: TextOrNull,
  item_type: TextOrNull,
  resource: Type.Object({ _type: ResourceType, id: TextOrNull }),
  source: Text,
  client: Text,
  ip_address: TextOrNull,
  inserted_at: Time,
  updated_at: Time,
});

export const showEvent = (event: Event) => ({
  _type: 'audit',
  id: event.id,
  account_id: event.accountId,
  user_id: event.userId,
  actor_id: event.actorId,
  event_type: event.type,
  // What fioctl reads: the same facts under the names of Frame.io's audit logs.
  action: event.type,
  event_details: event.details,
  resource_id: event.resourceId,
  resource_type: event.resourceType,
  item_id: event.resourceId,
  item_type: event.resourceType,
  resource: { _type: event.resourceType, id: event.resourceId },
  source: event.source,
  client: event.client,
  ip_address: event.address,
  inserted_at: isoTime(event.createdAt),
  // Events are never changed.
  updated_at: isoTime(event.createdAt),
});
