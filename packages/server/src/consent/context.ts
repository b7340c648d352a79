/** What every act on consent is given. */
import type { User } from '../identity/types.ts';
import type { Event, EventType, Origin } from '../audit/event.ts';
import type { Clock } from '../kit/clock.ts';
import { newOrderedId } from '../kit/ids.ts';
import type { ConsentStorage } from './ports.ts';
import type { Grant } from './types.ts';

export interface ConsentContext {
  readonly storage: ConsentStorage;
  readonly clock: Clock;
}

export interface ConsentActor {
  readonly user: User;
  readonly origin: Origin;
}

export const grantEvent = (
  grant: Grant,
  type: EventType,
  happening: { origin: Origin; at: number; details: Event['details'] },
): Event => ({
  id: newOrderedId(),
  accountId: grant.accountId,
  userId: grant.userId,
  actorId: happening.origin.actorId,
  type,
  details: { client_id: grant.clientId, ...happening.details },
  resourceId: grant.id,
  resourceType: 'oauth_grant',
  source: happening.origin.source,
  client: happening.origin.client,
  address: happening.origin.address,
  createdAt: happening.at,
});
