/**
 * The longest life, for tokens that were made before it was set. Their end comes nearer, but never nearer than a week, so that
 * their owner hears of it and can rotate them in time.
 */
import type { Origin } from '../audit/event.ts';
import { days } from '../kit/clock.ts';
import { tokenEvent, type TokenContext, type TokenPolicy } from './context.ts';

/** Nothing lives longer, whatever the policy says. */
export const MAX_LIFE_DAYS = 3650;
const NOTICE_DAYS = 7;
const BATCH = 100;

const BY_POLICY: Origin = { source: 'system', client: 'policy', address: null, actorId: null };

/** `null`: tokens may live for good. */
export const longestLifeOf = ({ longestLifeDays, allowNever }: TokenPolicy): number | null =>
  longestLifeDays === null ? (allowNever ? null : days(MAX_LIFE_DAYS)) : days(longestLifeDays);

/** Answers how many tokens were brought within the policy. */
export async function shortenLives(context: TokenContext): Promise<number> {
  const longestSeconds = longestLifeOf(context.policy);
  if (longestSeconds === null) return 0;
  let shortened = 0;
  for (;;) {
    const count = await shortenSome(context, longestSeconds);
    shortened += count;
    if (count < BATCH) return shortened;
  }
}

async function shortenSome(context: TokenContext, longestSeconds: number): Promise<number> {
  const at = context.clock();
  const changed = await context.storage.transaction(async (stores) => {
    const rule = { longestSeconds, earliestEnd: at + days(NOTICE_DAYS) };
    const tokens = await stores.tokens.shortenLives(rule, at, BATCH);
    for (const token of tokens) {
      const details = { expires_at: token.expiresAt, longest_life_days: longestSeconds / days(1) };
      const user = await stores.users.byId(token.userId);
      if (user === null) continue;
      const actor = { user, origin: BY_POLICY, ceiling: null };
      await stores.events.append(tokenEvent(token, 'user_token_updated', { actor, at, details }));
    }
    return tokens;
  });
  for (const { id } of changed) context.onTokenChanged(id);
  return changed.length;
}
