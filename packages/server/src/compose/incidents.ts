/** What the audit log says when a secret that should come once came again: to the user, and on the page of the app. */
import type { Event } from '../audit/event.ts';
import type { Clock } from '../kit/clock.ts';
import { newOrderedId } from '../kit/ids.ts';
import type { Incident, IncidentLog } from '../oauth/grants/grant-type.ts';
import { isConfidential } from '../oauth/vocabulary.ts';
import type { Storage } from '../storage/storage.ts';

/** Of the stores of a transaction. */
export const incidentLog = ({ events }: Pick<Storage, 'events'>, clock: Clock): IncidentLog => ({
  async record(incident) {
    const at = clock();
    await events.append(ofUser(incident, at));
    await events.append(ofApp(incident, at));
  },
});

const TYPES = {
  code_replayed: 'oauth_code_replayed',
  refresh_reused: 'oauth_refresh_reused',
  refresh_repeated: 'oauth_refresh_repeated',
} as const satisfies Record<Incident['kind'], Event['type']>;

/** It concerns the user whose grant it opened. */
const ofUser = (incident: Incident, createdAt: number): Event => {
  const { kind, caller, client, family, differs } = incident;
  return {
    id: newOrderedId(),
    accountId: family.accountId,
    userId: family.userId,
    actorId: null,
    type: TYPES[kind],
    details: {
      app: client.name,
      client_id: client.id,
      ...(differs !== undefined && { differs }),
    },
    resourceId: family.grantId,
    resourceType: 'oauth_grant',
    source: 'api',
    client: `oauth_app/${client.id}`,
    address: caller.address,
    createdAt,
  };
};

/**
 * Whoever registered an app learns that it happened and never to whom. A public client asks from the device of its user,
 * whose address is not theirs to know; a client with a secret asks from their own servers, or somebody stole that secret.
 */
const ofApp = (incident: Incident, createdAt: number): Event => {
  const { client, caller } = incident;
  const { details, ...event } = ofUser(incident, createdAt);
  const { app: _app, client_id: _client, ...rest } = details;
  return {
    ...event,
    id: newOrderedId(),
    accountId: client.accountId,
    userId: null,
    details: { name: client.name, ...rest },
    resourceId: client.id,
    resourceType: 'oauth_app',
    address: isConfidential(client) ? caller.address : null,
  };
};
