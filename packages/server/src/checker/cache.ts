/**
 * Facts about credentials, kept for less than a second. Two generations of a map replace each other, so that nothing is
 * swept and memory is bounded. Each generation knows which entries depend on whom: a change removes those and no others,
 * and an entry that was being read while something changed that it depends on is not kept.
 */
import { createChangeLog } from '../kit/change-log.ts';
import type { ActiveCredential } from './verdict.ts';
import type { CredentialFacts } from './ports.ts';
import type { AccessFact } from '../changes/changes.ts';
import { keyOfFact, keysOf, tokenKey } from './subjects.ts';

/** Facts, and what they come to for who holds the whole of the token. */
export interface Known {
  readonly facts: CredentialFacts;
  /** Made when somebody has proved to hold it; the same for everybody who does. */
  active: ActiveCredential | null;
}

export interface FactsCache {
  get(id: string, nowMilliseconds: number): Known | undefined;
  /** A mark to hand to `put`; taken before the read starts. */
  mark(): number;
  /** Whether something that the facts depend on changed since the mark; facts that are not there depend on their id alone. */
  isOvertaken(id: string, known: Known | null, mark: number): boolean;
  put(known: Known, mark: number, nowMilliseconds: number): void;
  /** Drops what depends on it. */
  drop(fact: AccessFact): void;
  clear(): void;
  readonly size: number;
}

export interface CacheLimits {
  /** How long an entry may be served. Every process sees another's revocation within this time. */
  readonly maxAgeMilliseconds: number;
  readonly maxEntries: number;
}

interface Entry {
  readonly known: Known;
  readonly readAt: number;
}

interface Generation {
  readonly entries: Map<string, Entry>;
  /** Ids of entries by what they depend on. Some may be gone. */
  readonly dependents: Map<string, Set<string>>;
}

const newGeneration = (): Generation => ({ entries: new Map(), dependents: new Map() });

export function createFactsCache({ maxAgeMilliseconds, maxEntries }: CacheLimits): FactsCache {
  let young = newGeneration();
  let old = newGeneration();
  let bornAt = 0;
  const changes = createChangeLog();

  function turn(now: number): void {
    old = now - bornAt >= 2 * maxAgeMilliseconds ? newGeneration() : young;
    young = newGeneration();
    bornAt = now;
  }

  const isOvertaken: FactsCache['isOvertaken'] = (id, known, mark) =>
    changes.hasChanged(known === null ? [tokenKey(id)] : keysOf(known.facts), mark);

  return {
    get(id, now) {
      const entry = young.entries.get(id) ?? old.entries.get(id);
      return entry !== undefined && now - entry.readAt < maxAgeMilliseconds
        ? entry.known
        : undefined;
    },
    mark: () => changes.mark(),
    isOvertaken,
    put(known, mark, now) {
      const { id } = known.facts;
      if (isOvertaken(id, known, mark)) return;
      if (young.entries.size >= maxEntries / 2 || now - bornAt >= maxAgeMilliseconds) turn(now);
      young.entries.set(id, { known, readAt: now });
      for (const key of keysOf(known.facts)) depend(young, key, id);
    },
    drop(fact) {
      const key = keyOfFact(fact);
      changes.note(key);
      for (const generation of [young, old]) dropFrom(generation, key);
    },
    clear() {
      changes.noteAll();
      young = newGeneration();
      old = newGeneration();
    },
    get size() {
      return young.entries.size + old.entries.size;
    },
  };
}

function depend({ dependents }: Generation, key: string, id: string): void {
  const ids = dependents.get(key);
  if (ids === undefined) dependents.set(key, new Set([id]));
  else ids.add(id);
}

function dropFrom({ entries, dependents }: Generation, key: string): void {
  for (const id of dependents.get(key) ?? []) entries.delete(id);
  dependents.delete(key);
}
