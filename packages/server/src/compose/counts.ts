/**
 * What is counted about the modules, and how: each is wrapped where it is composed, so that none of them knows of figures.
 * Labels are the modules' own unions, so their number is bounded by what the compiler knows. Never holds an id or an address.
 */
import type { Identity } from '../identity/identity.ts';
import type { SignInOutcome } from '../identity/authentication/sign-in.ts';
import type { EventType } from '../audit/event.ts';
import { createChecker, type Checker, type CheckerDependencies } from '../checker/checker.ts';
import type { ClockStep } from './clock-watch.ts';
import type { CredentialSource } from '../checker/ports.ts';
import type { RefusalReason, Verdict } from '../checker/verdict.ts';
import type { BatchName } from './dropped.ts';
import type { AtHand } from '../kit/at-hand.ts';
import { createTally, type Tally } from '../kit/tally.ts';
import type { DeliveryResult } from '../mail/courier.ts';
import type { Storage } from '../storage/storage.ts';
import type { UncaughtKind } from './uncaught.ts';

/** `failed`: the database did not answer. */
type CheckOutcome = 'active' | 'failed' | RefusalReason;

export type JobName =
  | 'flush-use'
  | 'shorten-lives'
  | 'send-expiry-notices'
  | 'erase-people'
  | 'repair'
  | 'end-grants'
  | 'purge'
  | 'keep-room'
  | 'keep-signing-keys';

export interface Counts {
  readonly checks: Tally<CheckOutcome>;
  /** Where the facts of a well-formed credential came from. */
  readonly facts: Tally<'cache' | 'database'>;
  readonly events: Tally<EventType>;
  readonly signIns: Tally<SignInOutcome['outcome'] | 'failed'>;
  readonly mail: Tally<DeliveryResult['outcome']>;
  /** Failures that no code handled. */
  readonly uncaught: Tally<UncaughtKind>;
  /** Rows that a batch left out. */
  readonly dropped: Tally<BatchName>;
  readonly clockSteps: Tally<ClockStep>;
  readonly jobs: { readonly done: Tally<JobName>; readonly failed: Tally<JobName> };
}

export const createCounts = (): Counts => ({
  checks: createTally(),
  facts: createTally(),
  events: createTally(),
  signIns: createTally(),
  mail: createTally(),
  uncaught: createTally(),
  dropped: createTally(),
  clockSteps: createTally(),
  jobs: { done: createTally(), failed: createTally() },
});

export function createCountedChecker(
  dependencies: CheckerDependencies,
  { checks, facts }: Pick<Counts, 'checks' | 'facts'>,
): Checker {
  let hasRead = false;
  const source: CredentialSource = {
    find(kind, id) {
      hasRead = true;
      return dependencies.source.find(kind, id);
    },
  };
  const checker = createChecker({ ...dependencies, source });
  const outcomeOf = (verdict: Verdict): CheckOutcome =>
    verdict.outcome === 'active' ? 'active' : verdict.reason;

  /** Beside the answer, not in front of it: nobody waits longer for being counted. */
  function countLater(verdict: Promise<Verdict>): void {
    facts.add('database');
    verdict.then(
      (settled) => checks.add(outcomeOf(settled)),
      () => checks.add('failed'),
    );
  }

  function count(verdict: Verdict): void {
    const outcome = outcomeOf(verdict);
    if (outcome !== 'token_malformed') facts.add(hasRead ? 'database' : 'cache');
    checks.add(outcome);
  }

  return {
    ...checker,
    check(value, resource) {
      hasRead = false;
      let verdict: AtHand<Verdict>;
      try {
        verdict = checker.check(value, resource);
      } catch (error) {
        facts.add('database');
        checks.add('failed');
        throw error;
      }
      if (verdict instanceof Promise) countLater(verdict);
      else count(verdict);
      return verdict;
    },
  };
}

/** Counts what was committed. Work that is tried again after a lost race, or rolled back, did not happen. */
export function countEvents(storage: Storage, events: Counts['events']): Storage {
  return {
    ...storage,
    events: {
      ...storage.events,
      async append(event) {
        await storage.events.append(event);
        events.add(event.type);
      },
      async appendOfUser(event) {
        const isThere = await storage.events.appendOfUser(event);
        if (isThere) events.add(event.type);
        return isThere;
      },
    },
    async transaction(work, options) {
      let appended: EventType[] = [];
      const result = await storage.transaction((stores) => {
        const types: EventType[] = [];
        appended = types;
        const append: Storage['events']['append'] = (event) => {
          types.push(event.type);
          return stores.events.append(event);
        };
        const appendOfUser: Storage['events']['appendOfUser'] = async (event) => {
          const isThere = await stores.events.appendOfUser(event);
          if (isThere) types.push(event.type);
          return isThere;
        };
        return work({ ...stores, events: { ...stores.events, append, appendOfUser } });
      }, options);
      for (const type of appended) events.add(type);
      return result;
    },
  };
}

export function countSignIns(accounts: Identity, signIns: Counts['signIns']): Identity {
  return {
    ...accounts,
    async signIn(...given) {
      try {
        const result = await accounts.signIn(...given);
        signIns.add(result.outcome);
        return result;
      } catch (error) {
        signIns.add('failed');
        throw error;
      }
    },
  };
}
