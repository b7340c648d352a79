/** The one place where a factor is judged: counted before, refused, forgiven and timed alike, whichever it is. */
import type { AccountContext, Limited } from '../context.ts';
import type { User, UserChanges } from '../types.ts';
import { countAttempt, forgiveAttempt, judge } from './attempts.ts';
import type { Factor, FactorAttempt, ProvedFactor } from './factor.ts';

export type Tried =
  | {
      readonly outcome: 'proved';
      readonly factor: ProvedFactor;
      /** What was right is no guess: takes the count back. */
      readonly forgive: () => Promise<void>;
      readonly renew: () => Promise<UserChanges>;
    }
  | { readonly outcome: 'wrong' }
  | Limited;

export async function tryFactor<Evidence>(
  context: AccountContext,
  factor: Factor<Evidence>,
  tried: {
    /** Nobody where the address has no user. */
    readonly user: User;
    readonly evidence: Evidence;
    readonly attempt: FactorAttempt;
  },
): Promise<Tried> {
  const { user, evidence, attempt } = tried;
  const ask = () => factor.judge(context, evidence, { user, attempt });
  const { method, isGuessable } = factor;
  const limited = isGuessable ? await countAttempt(context, attempt) : null;
  if (limited !== null) return limited;
  const judged = await (isGuessable ? judge(context, attempt, ask) : ask());
  if (judged === null) return { outcome: 'wrong' };
  const { redeem, renew } = judged;
  return {
    outcome: 'proved',
    factor: { method, userId: user.id, at: context.clock(), redeem },
    forgive: async () => {
      if (isGuessable) await forgiveAttempt(context, attempt);
    },
    renew,
  };
}
