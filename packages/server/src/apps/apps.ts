/**
 * The apps module: OAuth clients as their owners manage them. Depends on its ports and on `oauth` for what a redirect URI, a
 * scope and a secret may be. Never issues a token, and never keeps a secret: only its hash.
 */
import { findManaged, isWithin, listOwn, type AppActor, type AppContext } from './context.ts';
import { readsOf } from './reads.ts';
import type { App } from './types.ts';
import * as register from './register.ts';
import * as answers from './answer-offer.ts';
import * as offers from './offer.ts';
import * as ends from './secret-ends.ts';
import * as secrets from './secrets.ts';
import * as switching from './switch.ts';
import * as transfers from './transfer.ts';

export type Apps = ReturnType<typeof createApps>;

export function createApps(context: AppContext) {
  const bind =
    <Rest extends readonly unknown[], Result>(
      act: (context: AppContext, ...rest: Rest) => Result,
    ) =>
    (...rest: Rest): Result =>
      act(context, ...rest);

  return {
    register: bind(register.registerApp),
    change: bind(register.changeApp),
    addSecret: bind(secrets.addSecret),
    revokeSecret: bind(secrets.revokeSecret),
    switch: bind(switching.switchApp),
    setSecretsEnd: bind(ends.setSecretsEnd),
    offer: bind(offers.offerApp),
    withdrawOffer: bind(offers.withdrawOffer),
    offersTo: bind(answers.offersTo),
    offerTo: bind(answers.offerTo),
    acceptOffer: bind(answers.acceptOffer),
    declineOffer: bind(answers.declineOffer),
    transfer: bind(transfers.transferApp),
    setIntrospection: bind(switching.setIntrospection),
    find: bind(findManaged),
    list: bind(listOwn),
    mayRegister: bind(register.mayRegister),
    /** Whether a list that this actor asked for may name the app. */
    isVisible: (app: App, { ceiling }: Pick<AppActor, 'ceiling'>): boolean =>
      isWithin(context, app, ceiling),
    policy: context.policy,
    lifetimes: context.lifetimes,
    /** For pages, routes and commands; writes go through the acts above. */
    reads: readsOf(context.storage),
  };
}
