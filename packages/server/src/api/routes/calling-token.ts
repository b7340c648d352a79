/** What am I, and revoke me. */
import type { ActiveCredential } from '../../checker/verdict.ts';
import type { Route } from '../../http/route.ts';
import { actorOf } from '../actor.ts';
import type { ApiContext } from '../api-context.ts';
import { endpointForAnybody } from '../endpoint.ts';
import { CallingTokenSchema, showCallingToken } from '../schemas/token.ts';

type Shown = ReturnType<typeof showCallingToken>;

/** Until the facts of a token are read again, the checker gives one verdict to all who hold it: it is shown once. */
function createView(context: ApiContext): (caller: ActiveCredential) => Shown {
  const views = new WeakMap<ActiveCredential, Shown>();
  return (caller) => {
    const known = views.get(caller);
    if (known !== undefined) return known;
    const made = showCallingToken(caller, context.clock());
    views.set(caller, made);
    return made;
  };
}

export const callingTokenRoutes = (context: ApiContext): readonly Route[] => [
  getCallingToken(createView(context)),
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

const getCallingToken = (show: (caller: ActiveCredential) => Shown): Route =>
  endpointForAnybody({
    method: 'GET',
    path: '/v2/token',
    scopes: [],
    operationId: 'getCallingToken',
    tag: 'Tokens',
    summary: 'The calling token: what it is and what it may do now',
    answer: { status: 200, description: 'The calling token.', schema: CallingTokenSchema },
    handle: ({ caller }) => show(caller),
  });
