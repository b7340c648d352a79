/**
 * A sign-in as a value that goes through steps: identified, the factors that were proved, settled. `startSession` takes a
 * settled one alone, and `settle` answers one only when nothing is missing. Never asks for a factor itself.
 */
import type { AccountStores } from '../ports.ts';
import type { Amr, User } from '../types.ts';
import { redeemFactors, type ProvedFactor } from './factor.ts';
import { FACTORS, type AnyFactor } from './factors.ts';
import { isNobody } from './nobody.ts';

/** Any of these methods meets it; of none, nothing does. */
export type Requirement = readonly string[];

export interface SignIn {
  /** Nobody (`nobody.ts`) where the address has no user. */
  readonly user: User;
  readonly factors: readonly ProvedFactor[];
  /** What the way in asks for besides the policy. */
  readonly asks: readonly Requirement[];
}

export const identified = (user: User, asks: readonly Requirement[] = []): SignIn => ({
  user,
  factors: [],
  asks,
});

/** A factor of somebody else proves nothing. */
export const withFactor = (signIn: SignIn, factor: ProvedFactor): SignIn =>
  factor.userId === signIn.user.id ? { ...signIn, factors: [...signIn.factors, factor] } : signIn;

/** One factor that is enough, and one of those set up that are asked for besides. Nobody can meet it for nobody. */
export function policyOf(
  user: User,
  factors: readonly AnyFactor[] = FACTORS,
): readonly Requirement[] {
  const enough = factors.filter(({ isEnough }) => isEnough).map(({ method }) => method);
  const besides = factors
    .filter(({ isEnough, isSetUp }) => !isEnough && isSetUp(user))
    .map(({ method }) => method);
  if (isNobody(user)) return [[]];
  return besides.length === 0 ? [enough] : [enough, besides];
}

export const stillNeeded = (
  { user, factors, asks }: SignIn,
  registry: readonly AnyFactor[] = FACTORS,
): readonly Requirement[] =>
  [...policyOf(user, registry), ...asks].filter(
    (methods) => !factors.some(({ method }) => methods.includes(method)),
  );

declare const settled: unique symbol;

/** Only `settle` makes one. */
export interface SettledSignIn {
  readonly [settled]: true;
  /** As they were under their lock. */
  readonly user: User;
  readonly amr: Amr;
}

/**
 * In the transaction that begins the session. `null` when something is missing, by the policy of this moment, or no longer
 * holds.
 */
export async function settle(
  stores: AccountStores,
  signIn: SignIn,
  registry: readonly AnyFactor[] = FACTORS,
): Promise<SettledSignIn | null> {
  if (stillNeeded(signIn, registry).length > 0) return null;
  const user = await redeemFactors(stores, signIn.user.id, signIn.factors);
  if (user === null || stillNeeded({ ...signIn, user }, registry).length > 0) return null;
  const amr = Object.fromEntries(signIn.factors.map(({ method, at }) => [method, at]));
  // The symbol exists for the compiler alone.
  return { user, amr } as SettledSignIn;
}
