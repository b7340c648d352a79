/**
 * What it costs writers that changes of access get a position under a lock: the same statement with and without its fact, and
 * refreshes, which note none, while others revoke. Rounds of both take turns on one database.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCatalogues, NO_CATALOGUE } from '../src/catalogue/catalogues.ts';
import { collectChanges } from '../src/storage/access-changes.ts';
import { developerTokenStore } from '../src/storage/developer-tokens.ts';
import type { Engine } from '../src/storage/engine.ts';
import { openPostgres } from '../src/storage/postgres.ts';
import { openSqlite } from '../src/storage/sqlite.ts';
import { openStorage, type Storage } from '../src/storage/storage.ts';
import { addConnected, newFamily } from '../test/storage/oauth-records.ts';
import { addPerson, newToken } from '../test/storage/records.ts';
import { ownPostgres } from '../test/support/postgres.ts';
import { median } from './medians.ts';

export interface ChangePace {
  readonly rounds: number;
  /** Of one round. */
  readonly acts: number;
  readonly callers: number;
}

/** A second, at the median. */
export interface ChangeFigures {
  readonly engine: Engine['name'];
  readonly revocations: number;
  readonly withoutFacts: number;
  readonly rotations: number;
  readonly rotationsBesideRevocations: number;
}

interface Place {
  readonly storage: Storage;
  readonly engine: Engine;
  close(): Promise<void>;
}

const NOW = 4_000_000_000;

async function openPlace(databaseUrl: string | null): Promise<Place> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'gatehouse-changes-'));
  const storage = await openStorage({ dataDirectory, databaseUrl, clock: () => NOW });
  await storage.migrate();
  const engine = databaseUrl === null ? await openSqlite(dataDirectory) : openPostgres(databaseUrl);
  return {
    storage,
    engine,
    async close() {
      await storage.close();
      await engine.close();
      rmSync(dataDirectory, { recursive: true });
    },
  };
}

/** So many callers, one act after the other each, until all of the acts are done; answers how many a second. */
async function paceOf(acts: readonly (() => Promise<unknown>)[], callers: number): Promise<number> {
  const left = [...acts];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let act = left.pop(); act !== undefined; act = left.pop()) await act();
    }),
  );
  return (acts.length * 1000) / (performance.now() - start);
}

async function addTokens(storage: Storage, count: number): Promise<readonly string[]> {
  const { user } = await addPerson(storage);
  const tokens = Array.from({ length: count }, () => newToken(user));
  await storage.transaction(async (stores) => {
    for (const token of tokens) await stores.tokens.insert(token);
  });
  return tokens.map(({ id }) => id);
}

/** The same store, whose facts are thrown away. */
const silentTokens = ({ engine }: Place): Storage['tokens'] =>
  developerTokenStore({
    read: engine.read,
    write: async (work) =>
      (await engine.write((db) => collectChanges(db, (within) => work(within)))).result,
    catalogues: createCatalogues(NO_CATALOGUE),
  });

/** One refresh of each of so many families. */
async function rotationsOf(
  { storage }: Place,
  count: number,
): Promise<readonly (() => Promise<unknown>)[]> {
  const { grant } = await addConnected(storage);
  const families = Array.from({ length: count }, () => newFamily(grant));
  await storage.transaction(async (stores) => {
    for (const family of families) await stores.families.insert(family);
  });
  const marks = { network: new Uint8Array(32), agent: new Uint8Array(32) };
  return families.map(({ id, refreshHash, scopes }) => () => {
    const to = crypto.getRandomValues(new Uint8Array(32));
    const rest = { salt: to, marks, accessTokenId: 'x', generation: 2, refreshExpiresAt: NOW + 60 };
    return storage.transaction((stores) =>
      stores.families.rotate(id, { from: refreshHash ?? to, to, scopes, ...rest }, NOW),
    );
  });
}

/** While somebody revokes one token after the other. */
async function rotationsBeside(
  { storage }: Place,
  rotations: readonly (() => Promise<unknown>)[],
  { tokens, callers }: { readonly tokens: readonly string[]; readonly callers: number },
): Promise<number> {
  let isOver = false;
  const revoking = (async () => {
    for (const id of tokens) if (!isOver) await storage.tokens.revoke(id, NOW);
  })();
  const pace = await paceOf(rotations, callers);
  isOver = true;
  await revoking;
  return pace;
}

async function measureRound(place: Place, { acts, callers }: ChangePace) {
  const { storage } = place;
  const tokens = await addTokens(storage, 3 * acts);
  const [noted, silent] = [tokens.slice(0, acts), tokens.slice(acts, 2 * acts)];
  const revoke = (id: string) => () => storage.tokens.revoke(id, NOW);
  const quiet = silentTokens(place);
  const quietly = (id: string) => () => quiet.revoke(id, NOW);
  const beside = { tokens: tokens.slice(2 * acts), callers };
  return {
    revocations: await paceOf(noted.map(revoke), callers),
    withoutFacts: await paceOf(silent.map(quietly), callers),
    rotations: await paceOf(await rotationsOf(place, acts), callers),
    rotationsBesideRevocations: await rotationsBeside(
      place,
      await rotationsOf(place, acts),
      beside,
    ),
  };
}

async function measureOn(place: Place, pace: ChangePace): Promise<ChangeFigures> {
  // For the compilers.
  await measureRound(place, pace);
  const rounds: Awaited<ReturnType<typeof measureRound>>[] = [];
  for (let round = 0; round < pace.rounds; round++) rounds.push(await measureRound(place, pace));
  return {
    engine: place.engine.name,
    revocations: median(rounds.map(({ revocations }) => revocations)),
    withoutFacts: median(rounds.map(({ withoutFacts }) => withoutFacts)),
    rotations: median(rounds.map(({ rotations }) => rotations)),
    rotationsBesideRevocations: median(
      rounds.map(({ rotationsBesideRevocations }) => rotationsBesideRevocations),
    ),
  };
}

export async function measureChanges(pace: ChangePace): Promise<readonly ChangeFigures[]> {
  const postgres = await ownPostgres({ isDurable: true });
  const all: ChangeFigures[] = [];
  for (const databaseUrl of [null, await postgres.createDatabase()]) {
    const place = await openPlace(databaseUrl);
    all.push(await measureOn(place, pace));
    await place.close();
  }
  await postgres.remove();
  return all;
}
