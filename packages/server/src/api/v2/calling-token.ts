/** What am I, and revoke me. */
import type { ActiveCredential } from '../../checker/verdict.ts';
import type { Route } from '../../http/route.ts';
import { actorOf } from './actor.ts';
import { answerJson } from '../answer.ts';
import type { ApiContext } from '../api-context.ts';
import { endpointForAnybody } from '../endpoint.ts';
import { CallingTokenSchema, showCallingToken } from './schemas/token.ts';

/** Until the facts of a token are read again, the checker gives one verdict to all who hold it: it is written once. */
function createWriter(context: ApiContext): (caller: ActiveCredential) => string {
  const written = new WeakMap<ActiveCredential, string>();
  return (caller) => {
    const known = written.get(caller);
    if (known !== undefined) return known;
    const at = { now: context.clock(), catalogue: context.catalogues.current() };
    const text = JSON.stringify(showCallingToken(caller, at));
    written.set(caller, text);
    return text;
  };
}

export const callingTokenRoutes = (context: ApiContext): readonly Route[] => [
  getCallingToken(createWriter(context)),
  endpointForAnybody({
    method: 'DELETE',
    path: '/v2/token',
    scopes: [],
    operationId: 'revokeCallingToken',
    tag: 'Tokens',
    summary: 'Revoke the calling token',
    description: 'What the token made ends with it.',
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

const getCallingToken = (write: (caller: ActiveCredential) => string): Route =>
  endpointForAnybody({
    method: 'GET',
    path: '/v2/token',
    scopes: [],
    operationId: 'getCallingToken',
    tag: 'Tokens',
    summary: 'The calling token: what it is and what it may do now',
    description:
      'The scopes that it was given, those that it holds now and those that the role withholds.',
    answer: { status: 200, description: 'The calling token.', schema: CallingTokenSchema },
    handle: ({ caller, reply }) => answerJson(reply, { status: 200, text: write(caller) }),
  });
