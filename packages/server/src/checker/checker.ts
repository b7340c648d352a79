/**
 * The checker: the one yes or no. A credential goes in, a verdict comes out, whoever asks.
 * Depends on one read of storage and on the grammar in `oauth`. Never writes, and never answers from memory for a token
 * whose end this process has seen.
 */
import type { Role } from '../accounts/types.ts';
import { equalBytes } from '../kit/hash.ts';
import { intersectScopes } from '../oauth/scope.ts';
import { parseCredential, type Credential } from '../oauth/tokens/format.ts';
import { createFactsCache, type CacheLimits, type Known } from './cache.ts';
import type { CredentialFacts, CredentialSource } from './ports.ts';
import type { ActiveCredential, Refusal, RefusalReason, Verdict } from './verdict.ts';

export interface CheckerDependencies {
  readonly source: CredentialSource;
  readonly brand: string;
  readonly roleScopes: Readonly<Record<Role, ReadonlySet<string>>>;
  /** Epoch milliseconds. */
  readonly milliseconds: () => number;
  readonly limits?: CacheLimits;
}

export interface Checker {
  /** Answers at once when the facts are at hand, later when they must be read. */
  check(value: string): Verdict | Promise<Verdict>;
  /** This token changed: what is remembered of it is dropped, and reads under way are not kept. */
  forget(id: string): void;
  /** Something that many tokens depend on changed. */
  forgetAll(): void;
}

const DEFAULT_LIMITS: CacheLimits = { maxAgeMilliseconds: 800, maxEntries: 100_000 };

export const refuse = (
  reason: RefusalReason,
  facts: { tokenId?: string; at?: number } = {},
): Refusal => ({
  outcome: 'refused',
  reason,
  tokenId: facts.tokenId ?? null,
  at: facts.at ?? null,
});

/** A read under way. Whoever comes meanwhile waits for it too, unless something changed since it began. */
interface Read {
  readonly known: Promise<Known | null>;
  /** Epoch milliseconds. */
  readonly at: number;
}

export function createChecker(dependencies: CheckerDependencies): Checker {
  const { source, brand, roleScopes, milliseconds, limits = DEFAULT_LIMITS } = dependencies;
  const cache = createFactsCache(limits);

  const reads = new Map<string, Read>();

  async function read(id: string, begunAt: number): Promise<Known | null> {
    const mark = cache.mark();
    const facts = await source.find(id);
    if (facts === null) return null;
    const known: Known = { facts, active: null };
    // They are as old as the read, however long it took.
    cache.put(known, mark, begunAt);
    return known;
  }

  function readOnce(id: string): Promise<Known | null> {
    const now = milliseconds();
    const begun = reads.get(id);
    if (begun !== undefined && now - begun.at < limits.maxAgeMilliseconds) return begun.known;
    const known = read(id, now);
    reads.set(id, { known, at: now });
    const end = (): void => {
      if (reads.get(id)?.known === known) reads.delete(id);
    };
    known.then(end, end);
    return known;
  }

  async function checkByReading(credential: Credential): Promise<Verdict> {
    const known = await readOnce(credential.id);
    return known === null ? refuse('token_unknown') : decide(credential, known, milliseconds());
  }

  function decide(credential: Credential, known: Known, now: number): Verdict {
    const { facts } = known;
    // Nothing about a token is told to anyone who does not hold the whole of it.
    if (!equalBytes(facts.secretHash, credential.hash)) return refuse('token_unknown');
    const refusal = faultOf(facts, Math.floor(now / 1000));
    if (refusal !== null) return refusal;
    const { role } = facts;
    if (role === null) return refuse('membership_removed', { tokenId: facts.id });
    known.active ??= activeOf(facts, { kind: credential.kind, role });
    return known.active;
  }

  function activeOf(
    facts: CredentialFacts,
    { kind, role }: Pick<ActiveCredential, 'kind' | 'role'>,
  ): ActiveCredential {
    const { id, description, userId, accountId, createdAt, expiresAt } = facts;
    const scopes = intersectScopes(facts.scopes, roleScopes[role]);
    const person = { userId, accountId, role };
    const times = { createdAt, expiresAt };
    const granted = { scopes, tokenScopes: facts.scopes };
    return { outcome: 'active', kind, id, description, ...person, ...granted, ...times };
  }

  return {
    check(value) {
      const credential = parseCredential(brand, value);
      if (credential === null) return refuse('token_malformed');
      const now = milliseconds();
      const known = cache.get(credential.id, now);
      return known === undefined ? checkByReading(credential) : decide(credential, known, now);
    },
    forget(id) {
      reads.delete(id);
      cache.forget(id);
    },
    forgetAll() {
      reads.clear();
      cache.clear();
    },
  };
}

/** What ends a token for good comes before what can be undone. */
function faultOf(facts: CredentialFacts, now: number): Refusal | null {
  const tokenId = facts.id;
  if (facts.exposedAt !== null) return refuse('token_exposed', { tokenId, at: facts.exposedAt });
  if (facts.revokedAt !== null) return refuse('token_revoked', { tokenId, at: facts.revokedAt });
  if (facts.expiresAt !== null && facts.expiresAt <= now) {
    return refuse('token_expired', { tokenId, at: facts.expiresAt });
  }
  if (facts.userSuspendedAt !== null)
    return refuse('user_suspended', { tokenId, at: facts.userSuspendedAt });
  if (facts.disabledAt !== null) return refuse('token_disabled', { tokenId, at: facts.disabledAt });
  return null;
}
