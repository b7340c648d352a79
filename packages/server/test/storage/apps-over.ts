/** The apps module over a storage alone, and storages whose transactions rest in the middle. */
import { setTimeout as wait } from 'node:timers/promises';
import type { User } from '../../src/identity/types.ts';
import { createApps, type Apps } from '../../src/apps/apps.ts';
import type { AppPerson, AppCeiling } from '../../src/apps/context.ts';
import type { AppStorage, AppStores } from '../../src/apps/ports.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { createCatalogues, NO_CATALOGUE } from '../../src/catalogue/catalogues.ts';
import { until } from '../support/until.ts';
import { NOW } from './places.ts';

export const appsOver = (storage: AppStorage, clock = (): number => NOW): Apps =>
  createApps({
    storage,
    clock,
    randomBytes,
    brand: 'gate',
    brandName: 'Gatehouse',
    catalogues: createCatalogues(NO_CATALOGUE),
    policy: { registration: 'everyone', mostPerUser: 10 },
    lifetimes: { accessSeconds: 60, refreshSeconds: 60 },
    maySignUp: () => true,
    onMail: () => undefined,
  });

/** A storage that counts the transactions that were asked for. */
export function countingTransactions(storage: AppStorage) {
  let begun = 0;
  const transaction: AppStorage['transaction'] = (work) => {
    begun += 1;
    return storage.transaction(work);
  };
  return { storage: { ...storage, transaction }, begun: () => begun };
}

interface Slow {
  readonly at: (stores: AppStores, rest: Rest) => AppStores;
  /** Whether everybody else has read, and asked for a transaction. */
  readonly until: () => boolean;
}

/** A storage whose transactions rest before this step until others are there, and on, so that they pass if nothing holds them. */
export function slowAt(storage: AppStorage, { at, until: areThere }: Slow) {
  let isReached = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    isReached = resolve;
  });
  const rest: Rest = async () => {
    isReached();
    await until(areThere, 'the transactions of others');
    await wait(100);
  };
  const transaction: AppStorage['transaction'] = (work) =>
    storage.transaction((stores) => work(at(stores, rest)));
  return { storage: { ...storage, transaction }, reached };
}
export type Rest = () => Promise<void>;

export const actorOf = (user: User, ceiling: AppCeiling | null = null): AppPerson => ({
  user,
  origin: { source: 'portal', client: 'web/test', address: null, actorId: user.id },
  isOperator: ceiling === null,
  ceiling,
});
