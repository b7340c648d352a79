/** What am I, and revoke me. */
import type { Route } from '../../http/route.ts';
import { actorOf } from '../actor.ts';
import type { ApiContext } from '../api-context.ts';
import { endpointForAnybody } from '../endpoint.ts';
import { CallingTokenSchema, showCallingToken } from '../schemas/token.ts';

export const callingTokenRoutes = (context: ApiContext): readonly Route[] => [
  endpointForAnybody({
    method: 'GET',
    path: '/v2/token',
    scopes: [],
    operationId: 'getCallingToken',
    tag: 'Tokens',
    summary: 'The calling token: what it is and what it may do now',
    answer: { status: 200, description: 'The calling token.', schema: CallingTokenSchema },
    handle: ({ caller }) => showCallingToken(caller, context.clock()),
  }),
  endpointForAnybody({
    method: 'DELETE',
    path: '/v2/token',
    scopes: [],
    operationId: 'revokeCallingToken',
    tag: 'Tokens',
    summary: 'Revoke the calling token',
    answer: { status: 204, description: 'Revoked. The next request with it is refused.' },
    handle: async ({ caller, request, reply }) => {
      if (caller.userId === null || caller.app !== null)
        await context.authorization.endAccessToken(caller.id);
      else {
        const actor = await actorOf(context, { caller, request });
        await context.tokens.switch({ id: caller.id, act: 'revoke' }, actor);
      }
      return reply.code(204).send();
    },
  }),
];
