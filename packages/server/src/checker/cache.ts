/**
 * Facts about credentials, kept for less than a second. Two generations of a map replace each other, so that nothing is
 * swept and memory is bounded. An entry that was being read while something changed is not kept: a change that this
 * process has seen is never undone by a slower read.
 */
import type { ActiveCredential } from './verdict.ts';
import type { CredentialFacts } from './ports.ts';

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
  put(known: Known, mark: number, nowMilliseconds: number): void;
  forget(id: string): void;
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

export function createFactsCache({ maxAgeMilliseconds, maxEntries }: CacheLimits): FactsCache {
  let young = new Map<string, Entry>();
  let old = new Map<string, Entry>();
  let bornAt = 0;
  let changes = 0;

  function turn(now: number): void {
    old = now - bornAt >= 2 * maxAgeMilliseconds ? new Map() : young;
    young = new Map();
    bornAt = now;
  }

  return {
    get(id, now) {
      const entry = young.get(id) ?? old.get(id);
      return entry !== undefined && now - entry.readAt < maxAgeMilliseconds
        ? entry.known
        : undefined;
    },
    mark: () => changes,
    put(known, mark, now) {
      if (mark !== changes) return;
      if (young.size >= maxEntries / 2 || now - bornAt >= maxAgeMilliseconds) turn(now);
      young.set(known.facts.id, { known, readAt: now });
    },
    forget(id) {
      changes += 1;
      young.delete(id);
      old.delete(id);
    },
    clear() {
      changes += 1;
      young.clear();
      old.clear();
    },
    get size() {
      return young.size + old.size;
    },
  };
}
