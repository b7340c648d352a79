/** A person's row on PostgreSQL that another connection holds, while an act about that person is under way. */
import assert from 'node:assert/strict';
import type { App } from '../../src/compose/app.ts';
import type { User } from '../../src/identity/types.ts';
import { openStorage, type Storage } from '../../src/storage/storage.ts';
import { openPlace, type Place } from '../oauth/place.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';

export type Stores = Parameters<Parameters<Storage['transaction']>[0]>[0];

export interface Act {
  /** Whose row the act has to lock. */
  readonly user: Pick<User, 'id'>;
  readonly act: () => Promise<unknown>;
  /** What the holder of the lock does before it lets go. */
  readonly meanwhile?: (stores: Stores) => Promise<unknown>;
  /** Sees that the act went by what was so when it had the lock. */
  readonly judge?: (outcome: unknown) => unknown;
}

/** Makes what has to be there. */
export type Arrange = (stage: Stage) => Promise<Act>;

export interface Stage {
  readonly place: Place;
  readonly modules: App;
  readonly now: () => number;
  /** Runs the act against the lock; fails when it does not wait, or has looked before it waits. */
  race(act: Act): Promise<void>;
  close(): Promise<void>;
}

/** Counted before anything is judged, by keys of their own; and how a browser finds its person. */
const BEFORE_THE_LOCK = new Set(['attempts.hit', 'proofs.liveOfBrowser']);

export async function openStage(): Promise<Stage> {
  const databaseUrl = await (await sharedPostgres()).createDatabase();
  const place = await openPlace({ databaseUrl });
  const modules = place.modules;
  const { dataDirectory } = modules.config.storage;
  const other = await openStorage({ dataDirectory, databaseUrl, clock: modules.clock });
  return {
    place,
    modules,
    now: modules.clock,
    race: (act) => race(modules.storage, other, act),
    async close() {
      await other.close();
      await place.stop();
    },
  };
}

async function race(storage: Storage, other: Storage, given: Act): Promise<void> {
  const held = Promise.withResolvers<undefined>();
  const gate = Promise.withResolvers<undefined>();
  const holding = other.transaction(async (stores) => {
    await stores.users.lock(given.user.id);
    held.resolve(undefined);
    await gate.promise;
    await given.meanwhile?.(stores);
  });
  await held.promise;
  const calls = recordCalls(storage, given.user.id);
  const state = { isOver: false };
  const acting = given.act().finally(() => {
    state.isOver = true;
  });
  // Whatever comes of it is looked at below.
  acting.catch(() => undefined);
  try {
    await until(() => state.isOver || calls.beforeLock() !== null, 'the act at the lock');
    const before = calls.beforeLock();
    assert.ok(before !== null && !state.isOver, 'it did not wait for the lock');
    const early = before.filter((call) => !BEFORE_THE_LOCK.has(call));
    assert.deepEqual(early, [], 'it looked, or wrote, before it had the lock');
  } finally {
    calls.stop();
    gate.resolve(undefined);
    await holding;
  }
  await given.judge?.(await acting);
}

type Method = (...args: readonly unknown[]) => unknown;

/** The calls of the transaction that asks for the lock, until then. */
function recordCalls(storage: Storage, userId: string) {
  const transaction = storage.transaction.bind(storage);
  let atLock: readonly string[] | null = null;
  const recorded = (group: string, store: object, made: string[]): object =>
    Object.fromEntries(
      Object.entries(store).map(([name, method]: [string, unknown]) => {
        if (typeof method !== 'function') return [name, method];
        return [
          name,
          (...args: readonly unknown[]): unknown => {
            const isLock = group === 'users' && name.startsWith('lock');
            if (!isLock) made.push(`${group}.${name}`);
            else if (name === 'lockOperators' || args[0] === userId) atLock ??= [...made];
            return (method as Method)(...args);
          },
        ];
      }),
    );
  const within = (stores: Stores): Stores => {
    const made: string[] = [];
    const entries = Object.entries(stores).map(([group, store]: [string, object]) => [
      group,
      recorded(group, store, made),
    ]);
    // The same stores, with the same methods.
    return Object.fromEntries(entries) as Stores;
  };
  const recording: Storage['transaction'] = (work, options) =>
    transaction((stores) => work(within(stores)), options);
  // Every service was given this very object.
  Object.assign(storage, { transaction: recording });
  return {
    beforeLock: (): readonly string[] | null => atLock,
    stop: (): void => void Object.assign(storage, { transaction }),
  };
}
