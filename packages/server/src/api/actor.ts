/** The calling token as the one who acts: nothing it makes or changes may exceed it. */
import type { FastifyRequest } from 'fastify';
import type { AppActor } from '../apps/context.ts';
import type { UserCredential } from '../checker/verdict.ts';
import type { Actor } from '../developer-tokens/context.ts';
import type { ApiContext } from './api-context.ts';
import { notFound } from './refusal.ts';

export async function actorOf(
  { accounts }: ApiContext,
  { caller, request }: { caller: UserCredential; request: FastifyRequest },
): Promise<Actor> {
  const user = await accounts.records.users.byId(caller.userId);
  if (user === null) throw notFound();
  const { id: tokenId, accountId, scopes, expiresAt } = caller;
  return {
    user,
    origin: {
      source: 'api',
      client: `user_token/${tokenId}`,
      address: request.facts.address,
      actorId: user.id,
    },
    ceiling: { tokenId, accountId, scopes, expiresAt },
  };
}

/** The same for apps. Whatever its user may do, a token acts for no operator. */
export async function appActorOf(
  context: ApiContext,
  calling: { caller: UserCredential; request: FastifyRequest },
): Promise<AppActor> {
  const { user, origin } = await actorOf(context, calling);
  const { id: tokenId, accountId, scopes } = calling.caller;
  return { user, origin, isOperator: false, ceiling: { tokenId, accountId, scopes } };
}
