/**
 * The developer-tokens module: mint, show once, list, change, rotate, revoke. Depends on its ports, on `oauth` for the
 * grammar and the catalogue, and on records of `identity`. Never checks a token: that is the checker's.
 */
import { changeToken, switchToken } from './change.ts';
import { findOwn, isWithin, listOwn, type Actor, type TokenContext } from './context.ts';
import { createToken } from './create.ts';
import { sendExpiryNotices } from './expiry-notices.ts';
import { shortenLives } from './longest-life.ts';
import { exposeForOwner, revokeForOwner, revokeMany } from './revoke.ts';
import { rotateToken } from './rotate.ts';
import { readsOf } from './reads.ts';
import type { DeveloperToken } from './types.ts';

export type DeveloperTokens = ReturnType<typeof createDeveloperTokens>;

export function createDeveloperTokens(context: TokenContext) {
  const bind =
    <Rest extends readonly unknown[], Result>(
      act: (context: TokenContext, ...rest: Rest) => Result,
    ) =>
    (...rest: Rest): Result =>
      act(context, ...rest);

  return {
    create: bind(createToken),
    change: bind(changeToken),
    switch: bind(switchToken),
    revokeMany: bind(revokeMany),
    revokeForOwner: bind(revokeForOwner),
    exposeForOwner: bind(exposeForOwner),
    rotate: bind(rotateToken),
    sendExpiryNotices: bind(sendExpiryNotices),
    shortenLives: bind(shortenLives),
    find: bind(findOwn),
    list: bind(listOwn),
    /** Whether an acting token may see this one. */
    isVisible: (token: DeveloperToken, actor: Actor): boolean => isWithin(token, actor.ceiling),
    policy: context.policy,
    /** For pages, routes and commands; writes go through the acts above. */
    reads: readsOf(context.storage),
  };
}
