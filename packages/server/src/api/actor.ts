/** The calling token as the one who acts: nothing it makes or changes may exceed it. */
import type { FastifyRequest } from 'fastify';
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
      address: request.ip,
      actorId: user.id,
    },
    ceiling: { tokenId, accountId, scopes, expiresAt },
  };
}
