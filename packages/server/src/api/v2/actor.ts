/** The calling token as the one who acts: nothing it makes or changes may exceed it. */
import type { FastifyRequest } from 'fastify';
import type { AppPerson } from '../../apps/context.ts';
import type { UserCredential } from '../../checker/verdict.ts';
import type { Actor } from '../../developer-tokens/context.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { ApiContext } from '../api-context.ts';
import { notFound } from '../refusal.ts';

/**
 * What left the catalogue opens nothing, and covers what names it too: a token still reaches those that it reached before, and
 * none that would be wider than it when the scope comes back.
 */
export const ceilingOf = (
  catalogue: Catalogue,
  { scopes, tokenScopes }: Pick<UserCredential, 'scopes' | 'tokenScopes'>,
): readonly string[] => [...scopes, ...catalogue.gone(tokenScopes)];

export async function actorOf(
  { accounts, catalogues }: ApiContext,
  { caller, request }: { caller: UserCredential; request: FastifyRequest },
): Promise<Actor> {
  const user = await accounts.reads.users.byId(caller.userId);
  if (user === null) throw notFound();
  const { id: tokenId, accountId, expiresAt } = caller;
  return {
    user,
    origin: {
      source: 'api',
      client: `user_token/${tokenId}`,
      address: request.facts.address,
      actorId: user.id,
    },
    ceiling: { tokenId, accountId, scopes: ceilingOf(catalogues.current(), caller), expiresAt },
  };
}

/** The same for apps. Whatever its user may do, a token acts for no operator. */
export async function appActorOf(
  context: ApiContext,
  calling: { caller: UserCredential; request: FastifyRequest },
): Promise<AppPerson> {
  const { user, origin, ceiling } = await actorOf(context, calling);
  return { user, origin, isOperator: false, ceiling };
}
