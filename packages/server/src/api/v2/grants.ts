/** What the user allowed apps, by API: looking at it and taking it back. */
import { scopesBeyond } from '../../apps/context.ts';
import type { UserCredential } from '../../checker/verdict.ts';
import type { Connection } from '../../consent/types.ts';
import { dayOf } from '../../developer-tokens/usage.ts';
import type { Route } from '../../http/route.ts';
import { actorOf, ceilingOf } from './actor.ts';
import type { ApiContext } from '../api-context.ts';
import { endpoint, listEndpoint } from '../endpoint.ts';
import { pageOf, sendPage } from './paging.ts';
import { notFound } from '../refusal.ts';
import { GrantSchema, showGrant } from './schemas/grant.ts';

/** An app must not look at or end what was allowed to others. */
const shared = { tag: 'Grants', scopes: [], callers: 'developer-tokens' } as const;

export const grantRoutes = (context: ApiContext): readonly Route[] => [
  listGrants(context),
  revokeGrant(context),
];

const USE_DAYS = 30;

const filterFor = ({ clock }: ApiContext, { userId }: UserCredential) => ({
  userId,
  sinceDay: dayOf(clock()) - USE_DAYS + 1,
});

/** As with tokens and apps: of what reaches beyond it, a token learns nothing. */
const isWithin = (context: ApiContext, grant: Connection, caller: UserCredential): boolean =>
  grant.accountId === caller.accountId &&
  scopesBeyond(context, grant.scopes, { scopes: ceilingOf(context.catalogues.current(), caller) })
    .length === 0;

const listGrants = (context: ApiContext): Route =>
  listEndpoint({
    ...shared,
    path: '/v2/grants',
    operationId: 'listGrants',
    summary: 'What the user allowed apps and the calling token covers, most recent first',
    description: 'Apps that were allowed more than the calling token holds are left out.',
    answer: { status: 200, description: 'Grants.', schema: GrantSchema },
    handle: async ({ caller, reply, query }) => {
      const list = { name: 'grants', shape: 'time-id' } as const;
      const page = pageOf(query, list);
      const { grants } = context.authorization.consent.reads;
      const within = {
        accountId: caller.accountId,
        covers: (scopes: readonly string[]) => scopesBeyond(context, scopes, caller).length === 0,
      };
      const found = await grants.connections({ ...filterFor(context, caller), within }, page);
      return sendPage(reply, { page, found, list }, showGrant);
    },
  });

const revokeGrant = (context: ApiContext): Route =>
  endpoint({
    ...shared,
    method: 'DELETE',
    path: '/v2/grants/:id',
    operationId: 'revokeGrant',
    summary: 'Disconnect an app: consent, refresh tokens, access tokens and unused codes end',
    description: 'It cannot be undone; the user can allow the app again.',
    answer: { status: 204, description: 'Disconnected. Its tokens are refused from now on.' },
    handle: async ({ caller, request, reply, id }) => {
      const { user, origin } = await actorOf(context, { caller, request });
      const { consent } = context.authorization;
      const filter = { ...filterFor(context, caller), id };
      const { items } = await consent.reads.grants.connections(filter, { page: 1, pageSize: 1 });
      const grant = items[0];
      if (grant === undefined || !isWithin(context, grant, caller)) throw notFound();
      const appName = grant.app.name;
      const asked = { grantId: id, userId: user.id, appName, origin };
      if (!(await consent.disconnect(asked))) throw notFound();
      return reply.code(204).send();
    },
  });
