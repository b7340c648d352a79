/**
 * The checker: the one yes or no. A credential goes in, a verdict comes out, whoever asks.
 * Depends on one read of storage and on the grammar in `oauth`. Never writes, and never answers from memory for a token
 * whose end this process has seen.
 */
import type { Role } from '../accounts/types.ts';
import { equalBytes } from '../kit/hash.ts';
import { intersectScopes } from '../oauth/scope.ts';
import { parseCredential, type Credential } from '../oauth/tokens/format.ts';
import { createFactsCache, type CacheLimits } from './cache.ts';
import type { CredentialFacts, CredentialSource } from './ports.ts';
import type { Refusal, RefusalReason, Verdict } from './verdict.ts';

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

export function createChecker(dependencies: CheckerDependencies): Checker {
  const { source, brand, roleScopes, milliseconds, limits = DEFAULT_LIMITS } = dependencies;
  const cache = createFactsCache(limits);

  async function read(credential: Credential): Promise<Verdict> {
    const mark = cache.mark();
    const facts = await source.find(credential.id);
    const now = milliseconds();
    if (facts === null) return refuse('token_unknown');
    cache.put(facts, mark, now);
    return decide(credential, facts, now);
  }

  function decide(credential: Credential, facts: CredentialFacts, now: number): Verdict {
    // Nothing about a token is told to anyone who does not hold the whole of it.
    if (!equalBytes(facts.secretHash, credential.hash)) return refuse('token_unknown');
    const refusal = faultOf(facts, Math.floor(now / 1000));
    if (refusal !== null) return refusal;
    const { id, description, userId, accountId, createdAt, expiresAt, role } = facts;
    if (role === null) return refuse('membership_removed', { tokenId: id });
    const scopes = intersectScopes(facts.scopes, roleScopes[role]);
    const tokenScopes = facts.scopes;
    const person = { userId, accountId, role };
    return {
      outcome: 'active',
      kind: credential.kind,
      id,
      description,
      ...person,
      scopes,
      tokenScopes,
      createdAt,
      expiresAt,
    };
  }

  return {
    check(value) {
      const credential = parseCredential(brand, value);
      if (credential === null) return refuse('token_malformed');
      const now = milliseconds();
      const facts = cache.get(credential.id, now);
      return facts === undefined ? read(credential) : decide(credential, facts, now);
    },
    forget: (id) => cache.forget(id),
    forgetAll: () => cache.clear(),
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
