/** The audit log: people read what concerns themselves, owners and admins what concerns their account. */
import type { Route } from '../../http/route.ts';
import type { ApiContext } from '../api-context.ts';
import { listEndpoint } from '../endpoint.ts';
import { pageOf, sendPage } from './paging.ts';
import { notFound, refuse } from '../refusal.ts';
import { EventSchema, showEvent } from './schemas/event.ts';

const list = { name: 'events', shape: 'id' } as const;

export function eventRoutes({ accounts }: ApiContext): readonly Route[] {
  const { events } = accounts.reads;
  const shared = {
    tag: 'Audit log',
    scopes: ['auditlog.read'],
    answer: { status: 200, description: 'Events, newest first.', schema: EventSchema },
  } as const;
  return [
    listEndpoint({
      ...shared,
      path: '/v2/users/:id/events',
      operationId: 'listUserEvents',
      summary: "What happened to the calling token's user in its account",
      description:
        "Events that concern the calling token's own user, who alone can be named in the path.",
      handle: async ({ caller, id, query, reply }) => {
        const { userId, accountId } = caller;
        if (id.toLowerCase() !== userId) throw notFound();
        const page = pageOf(query, list);
        const found = await events.list({ userId, accountId }, page);
        return sendPage(reply, { page, found, list }, showEvent);
      },
    }),
    // Frame.io's documents and its Python SDK disagree about the name.
    ...['events', 'audit_logs'].map((name) => accountEvents(name)),
  ];

  function accountEvents(name: string): Route {
    const operationId = name === 'events' ? 'listAccountEvents' : 'listAccountAuditLogs';
    return listEndpoint({
      ...shared,
      path: `/v2/accounts/:id/${name}`,
      operationId,
      summary: 'What happened in the account; for owners and admins',
      description: 'Takes a role besides the scope: owner or admin of the account.',
      handle: async ({ caller, id, query, reply }) => {
        const { accountId, role } = caller;
        if (id.toLowerCase() !== accountId) throw notFound();
        if (role !== 'owner' && role !== 'admin') {
          throw refuse(
            'role_insufficient',
            'Only owners and admins may read the events of an account.',
            { role, required_roles: ['owner', 'admin'] },
          );
        }
        const page = pageOf(query, list);
        const found = await events.list({ accountId }, page);
        return sendPage(reply, { page, found, list }, showEvent);
      },
    });
  }
}
