/** Where the conformance suites run: a fresh database of each engine for each suite, on which any number of storages open. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { DATABASE_LIMITS } from '../../src/storage/database-limits.ts';
import type { Engine } from '../../src/storage/engine.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { openStorage, type Storage } from '../../src/storage/storage.ts';
import { sharedPostgres } from '../support/postgres.ts';

/** Past 2^31, the year 2096: a column that is too narrow shows in every test. */
export const NOW = 4_000_000_000;

/** Races queue up: on a machine with other work they would overrun the usual limits. */
const PATIENT = { ...DATABASE_LIMITS, connectSeconds: 60, querySeconds: 60, lockSeconds: 60 };

export type EngineName = Storage['engine'];
export const ENGINES: readonly EngineName[] = ['sqlite', 'postgres'];

export interface Place {
  readonly storage: Storage;
  readonly time: { now: number };
  /** Another storage on the same database, as another process would have it. */
  readonly another: () => Promise<Storage>;
  /** The database itself, for what no port offers. */
  readonly database: () => Promise<Engine>;
  readonly close: () => Promise<void>;
}

export async function openPlace(engine: EngineName, { isEmpty = false } = {}): Promise<Place> {
  if (engine === 'sqlite') return openPlaceAt(null);
  const postgres = await sharedPostgres();
  return openPlaceAt(await (isEmpty ? postgres.createDatabase() : postgres.createMigrated()));
}

/** `null`: SQLite. */
export async function openPlaceAt(databaseUrl: string | null): Promise<Place> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'gatehouse-storage-'));
  const time = { now: NOW };
  const opened: Storage[] = [];
  const another = async (): Promise<Storage> => {
    const clock = (): number => time.now;
    const storage = await openStorage({ dataDirectory, databaseUrl, clock, ...PATIENT });
    opened.push(storage);
    return storage;
  };
  const storage = await another();
  const database = async (): Promise<Engine> =>
    databaseUrl === null ? openSqlite(dataDirectory) : openPostgres(databaseUrl);
  const close = async (): Promise<void> => {
    for (const one of opened) await one.close();
    await rm(dataDirectory, { recursive: true, force: true });
  };
  return { storage, time, another, database, close };
}

/** `isEmpty`: without tables. */
export type OpenPlace = (how?: { readonly isEmpty: boolean }) => Promise<Place>;

/** The place of the suite that is being described, with its tables made. */
export function placeOf(
  open: OpenPlace,
): { readonly storage: Storage } & Pick<Place, 'another' | 'time' | 'database'> {
  let place: Place | undefined;
  before(async () => {
    place = await open();
    await place.storage.migrate();
  });
  after(() => place?.close());
  const opened = (): Place => {
    if (place === undefined) throw new Error('the suite has not started');
    return place;
  };
  return {
    get storage() {
      return opened().storage;
    },
    get time() {
      return opened().time;
    },
    another: () => opened().another(),
    database: () => opened().database(),
  };
}

/** How many of so many simultaneous calls answer `true`. */
export async function countWinners(
  callers: number,
  call: (index: number) => Promise<boolean>,
): Promise<number> {
  const results = await Promise.all(Array.from({ length: callers }, (_, index) => call(index)));
  return results.filter(Boolean).length;
}
