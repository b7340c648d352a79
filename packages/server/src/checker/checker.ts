/**
 * The checker: the one yes or no. A credential goes in, a verdict comes out, whoever asks.
 * Depends on one read of storage and on the grammar in `oauth`. Never writes, and never answers from memory for a token
 * whose end this process has seen.
 */
import type { Role } from '../identity/types.ts';
import type { Catalogues } from '../catalogue/catalogues.ts';
import type { ChangeReader } from '../changes/readers.ts';
import { andThen, type AtHand } from '../kit/at-hand.ts';
import { isOver, type Clock, type Elapsed } from '../kit/clock.ts';
import { intersectScopes } from '../catalogue/catalogue.ts';
import type { CallingKind, Named, TokenReader } from '../oauth/tokens/readers.ts';
import type { Resource } from '../catalogue/resources.ts';
import { createFactsCache, type CacheLimits, type Known } from './cache.ts';
import type { CredentialFacts, CredentialSource, Unconfirmed } from './ports.ts';
import type { ActiveCredential, Refusal, RefusalReason, Verdict } from './verdict.ts';

export interface CheckerDependencies {
  readonly source: CredentialSource;
  /** The first that reads a credential is the one that knows it. */
  readonly readers: readonly TokenReader[];
  /** What it says of roles is remembered with a verdict: after a replacement `reader` has to hear that anything may have changed. */
  readonly catalogues: Catalogues;
  readonly clock: Clock;
  /** Age of what is remembered. */
  readonly elapsed: Elapsed;
  readonly limits?: CacheLimits;
  /** Called when a token that came of a refresh passes for the first time since its facts were read. Must not wait. */
  readonly onUnconfirmed?: (used: Unconfirmed) => void;
}

export interface Checker {
  /**
   * Whether the credential is good for the resource. Answers at once when the facts are at hand or storage answers at once,
   * else later. Throws or rejects as storage does.
   */
  check(value: string, resource: Resource): AtHand<Verdict>;
  /** What a change concerns is dropped, and a read of it that is under way is not kept. */
  readonly reader: ChangeReader;
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

/** Whoever knows the public id of one kind must not make those wait for nothing who ask for another. */
const keyOf = (kind: CallingKind, id: string): string => `${kind}_${id}`;

const CREDENTIALS = { developer_token: 'pat', access_token: 'oat' } as const;

interface Caller extends Named {
  readonly reader: TokenReader;
  readonly resource: Resource;
  /** The whole credential. */
  readonly value: string;
}

interface Begun {
  readonly mark: number;
  /** By `elapsed`. */
  readonly at: number;
}

/** A read under way. Whoever comes meanwhile waits for it too, unless what it finds changed between the two. */
interface Read extends Begun {
  readonly known: Promise<Known | null>;
}

export function createChecker(dependencies: CheckerDependencies): Checker {
  const { source, readers, catalogues, clock, elapsed, limits = DEFAULT_LIMITS } = dependencies;
  const cache = createFactsCache(limits);

  const reads = new Map<string, Read>();

  function remember(facts: CredentialFacts | null, { mark, at }: Begun): Known | null {
    if (facts === null) return null;
    const known: Known = { facts, active: null };
    // They are as old as the read, however long it took.
    cache.put(known, mark, at);
    return known;
  }

  function read({ kind, id }: Named): AtHand<Known | null> {
    const begun = { mark: cache.mark(), at: elapsed() };
    const other = reads.get(keyOf(kind, id));
    if (other !== undefined && begun.at - other.at < limits.maxAgeMilliseconds)
      return join({ kind, id }, other, begun);
    return readAnew({ kind, id }, begun);
  }

  async function join(named: Named, other: Read, begun: Begun): Promise<Known | null> {
    const known = await other.known;
    // A change after `begun` is later than this request; one between the two is not in what was read.
    if (other.mark === begun.mark || !cache.isOvertaken(named.id, known, other.mark)) return known;
    return read(named);
  }

  function readAnew({ kind, id }: Named, begun: Begun): AtHand<Known | null> {
    const key = keyOf(kind, id);
    const found = source.find(kind, id);
    if (!(found instanceof Promise)) return remember(found, begun);
    const known = found.then((facts) => remember(facts, begun));
    reads.set(key, { known, ...begun });
    const end = (): void => {
      if (reads.get(key)?.known === known) reads.delete(key);
    };
    known.then(end, end);
    return known;
  }

  const checkByReading = (caller: Caller): AtHand<Verdict> =>
    andThen(read(caller), (known) => decide(caller, known));

  function decide(caller: Caller, known: Known | null): Verdict {
    const { reader, value } = caller;
    // Nothing about a token is told to anyone who does not hold the whole of it.
    if (known === null || !reader.proves(value, known.facts)) {
      return refuse('token_unknown');
    }
    return decideForHolder(caller, known, clock());
  }

  function decideForHolder({ kind, resource }: Caller, known: Known, now: number): Verdict {
    const { facts } = known;
    // Compared each time: what is remembered is the same whichever resource asks.
    if (!facts.resources.includes(resource.id))
      return refuse('wrong_audience', { tokenId: facts.id });
    const refusal = faultOf(facts, now);
    if (refusal !== null) return refusal;
    const { role } = facts;
    if (role === null) return ofNoMember(facts);
    if (known.active === null) {
      known.active = activeOf(facts, { kind, role });
      // Once for each read and not for each check.
      const unconfirmed = facts.app?.unconfirmed ?? null;
      if (unconfirmed !== null) dependencies.onUnconfirmed?.(unconfirmed);
    }
    return known.active;
  }

  function activeOf(
    facts: CredentialFacts,
    { kind, role }: { kind: CallingKind; role: Role },
  ): ActiveCredential {
    const { id, description, userId, accountId, createdAt, expiresAt, app } = facts;
    const byRole = intersectScopes(facts.scopes, catalogues.current().heldBy(role));
    const scopes = app === null ? byRole : intersectScopes(byRole, new Set(app.scopes));
    const what = { outcome: 'active', kind, id, description, accountId } as const;
    const given = { tokenScopes: facts.scopes, resources: facts.resources, createdAt, expiresAt };
    const active = { ...what, scopes, ...given };
    const calling = app === null ? null : { id: app.id, grantId: app.grantId };
    if (userId !== null) return { ...active, userId, role, app: calling };
    if (calling === null) throw new TypeError('a credential belongs to a user, an app or both');
    return { ...active, userId: null, role: null, app: calling };
  }

  function checkAs(caller: Caller): AtHand<Verdict> {
    const { id, reader, value } = caller;
    const known = cache.get(id, elapsed());
    if (known === undefined)
      return reader.isIntact(value) ? checkByReading(caller) : refuse('token_malformed');
    if (reader.proves(value, known.facts)) return decideForHolder(caller, known, clock());
    return refuse(reader.isIntact(value) ? 'token_unknown' : 'token_malformed');
  }

  function dropEverything(): void {
    reads.clear();
    cache.clear();
  }

  return {
    check(value, resource) {
      for (const reader of readers) {
        const named = reader.read(value);
        if (named !== null) return checkAs({ ...named, reader, value, resource });
      }
      return refuse('token_malformed');
    },
    reader: {
      onChange(fact) {
        if ('tokenId' in fact) reads.delete(keyOf(CREDENTIALS[fact.kind], fact.tokenId));
        cache.drop(fact);
      },
      onAnything: dropEverything,
    },
  };
}

/** What ends a token for good comes before what can be undone. */
function faultOf(facts: CredentialFacts, now: number): Refusal | null {
  const tokenId = facts.id;
  if (facts.exposedAt !== null) return refuse('token_exposed', { tokenId, at: facts.exposedAt });
  if (facts.revokedAt !== null) return refuse('token_revoked', { tokenId, at: facts.revokedAt });
  const { createdAt, expiresAt } = facts;
  if (expiresAt !== null && isOver({ createdAt, expiresAt }, now)) {
    return refuse('token_expired', { tokenId, at: expiresAt });
  }
  const { app } = facts;
  if (app !== null && app.withdrawnAt !== null)
    return refuse('grant_revoked', { tokenId, at: app.withdrawnAt });
  if (app !== null && app.stoppedAt !== null)
    return refuse('app_disabled', { tokenId, at: app.stoppedAt });
  if (facts.userSuspendedAt !== null)
    return refuse('user_suspended', { tokenId, at: facts.userSuspendedAt });
  if (facts.disabledAt !== null) return refuse('token_disabled', { tokenId, at: facts.disabledAt });
  return null;
}

/** An app that acts as itself stands and falls with the membership of its owner. */
const ofNoMember = ({ id, userId }: CredentialFacts): Refusal =>
  refuse(userId === null ? 'app_disabled' : 'membership_removed', { tokenId: id });
