/** What every factor is: one way in which a person proves who they are. The registry is `factors.ts`. */
import type { AccountContext } from '../context.ts';
import type { AccountStores } from '../ports.ts';
import type { User, UserChanges } from '../types.ts';
import type { Attempt } from './attempts.ts';

export interface Factor<Evidence> {
  /** The authentication method in `amr` (RFC 8176). */
  readonly method: string;
  /** As events and pages name it. */
  readonly name: string;
  /** Whether it alone begins a session. One that does not is asked for besides, of whoever has set it up. */
  readonly isEnough: boolean;
  readonly isSetUp: (user: User) => boolean;
  /** Whether the evidence can be guessed: each try is then counted before it is judged. */
  readonly isGuessable: boolean;
  /**
   * Outside of any transaction. `null`: it proves nothing. Takes as long for nobody, and for somebody without the factor,
   * as for wrong evidence.
   */
  readonly judge: (
    context: AccountContext,
    evidence: Evidence,
    about: { readonly user: User; readonly attempt: FactorAttempt },
  ) => Promise<Judged | null>;
}

/** A factor is tried on somebody, and counted for them. */
export type FactorAttempt = Attempt & { readonly account: string };

export interface Judged {
  /**
   * In the transaction that relies on the evidence, under the lock of the user: whether it still proves them. Evidence that
   * works once is used up.
   */
  readonly redeem: (stores: AccountStores, current: User) => Promise<boolean>;
  /** Changes to store with the sign-in, such as a password that is hashed anew. */
  readonly renew: () => Promise<UserChanges>;
}

/** A factor that a person has proved, and that a transaction may rely on. */
export interface ProvedFactor extends Pick<Judged, 'redeem'> {
  readonly method: string;
  readonly userId: string;
  /** Epoch seconds. */
  readonly at: number;
}

/**
 * The user as they are now, under their lock until the transaction ends; `null` when they may not act or one of the factors
 * proves them no longer: a reset or a suspension may have been answered while a factor was judged.
 */
export async function redeemFactors(
  stores: AccountStores,
  userId: string,
  factors: readonly ProvedFactor[],
): Promise<User | null> {
  await stores.users.lock(userId);
  const current = await stores.users.byId(userId);
  if (current === null || current.suspendedAt !== null) return null;
  for (const { redeem } of factors) if (!(await redeem(stores, current))) return null;
  return current;
}
