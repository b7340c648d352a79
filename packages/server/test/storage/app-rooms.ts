/** The apps room over a storage alone, and storages whose transactions rest in the middle. */
import { setTimeout as wait } from 'node:timers/promises';
import type { User } from '../../src/accounts/types.ts';
import { createApps, type Apps } from '../../src/apps/apps.ts';
import type { AppActor, AppCeiling } from '../../src/apps/context.ts';
import type { AppStorage, AppStores } from '../../src/apps/ports.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { ScopeCatalogue } from '../../src/oauth/scope.ts';
import { NOW } from './places.ts';

const NOTHING: ReadonlySet<string> = new Set();

export const roomOver = (storage: AppStorage, clock = (): number => NOW): Apps =>
  createApps({
    storage,
    clock,
    randomBytes,
    brand: 'gate',
    brandName: 'Gatehouse',
    catalogue: new ScopeCatalogue([]),
    roleScopes: { owner: NOTHING, admin: NOTHING, member: NOTHING, viewer: NOTHING },
    policy: { registration: 'everyone', mostPerUser: 10 },
    lifetimes: { accessSeconds: 60, refreshSeconds: 60 },
    onAppChanged: () => undefined,
    onMail: () => undefined,
  });

/** A storage whose transactions rest before this step, long enough for anything that does not wait for them. */
export function slowAt(storage: AppStorage, slow: (stores: AppStores, rest: Rest) => AppStores) {
  let isReached = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    isReached = resolve;
  });
  const rest: Rest = async () => {
    isReached();
    await wait(150);
  };
  const transaction: AppStorage['transaction'] = (work) =>
    storage.transaction((stores) => work(slow(stores, rest)));
  return { storage: { ...storage, transaction }, reached };
}
export type Rest = () => Promise<void>;

export const actorOf = (user: User, ceiling: AppCeiling | null = null): AppActor => ({
  user,
  origin: { source: 'portal', client: 'web/test', address: null, actorId: user.id },
  isOperator: ceiling === null,
  ceiling,
});
