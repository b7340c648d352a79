import { Type } from 'typebox';
import type { Event } from '../../audit/event.ts';
import { isoTime } from '../iso-time.ts';
import { resource, Text, TextOrNull, Time } from './shapes.ts';

export const EventSchema = resource('Event', 'audit', {
  id: Text,
  account_id: TextOrNull,
  user_id: TextOrNull,
  actor_id: TextOrNull,
  event_type: Text,
  event_details: Type.Object({}, { additionalProperties: true }),
  resource_id: TextOrNull,
  resource_type: TextOrNull,
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
  event_details: event.details,
  resource_id: event.resourceId,
  resource_type: event.resourceType,
  source: event.source,
  client: event.client,
  ip_address: event.address,
  inserted_at: isoTime(event.createdAt),
  // Events are never changed.
  updated_at: isoTime(event.createdAt),
});
