/**
 * The longest life, for tokens that were made before it was set. Their end comes nearer, but never nearer than a week, so that
 * their owner hears of it and can rotate them in time.
 */
import type { Origin } from '../audit/event.ts';
import { days } from '../kit/clock.ts';
import { workThrough } from '../kit/survivors.ts';
import { tokenEvent, type TokenContext, type TokenPolicy } from './context.ts';
import type { LifeRule } from './ports.ts';

/** Nothing lives longer, whatever the policy says. */
export const MAX_LIFE_DAYS = 3650;
const NOTICE_DAYS = 7;
const BATCH = 100;

const BY_POLICY: Origin = { source: 'system', client: 'policy', address: null, actorId: null };

/** `null`: tokens may live for good. */
export const longestLifeOf = ({ longestLifeDays, allowNever }: TokenPolicy): number | null =>
  longestLifeDays === null ? (allowNever ? null : days(MAX_LIFE_DAYS)) : days(longestLifeDays);

/** Answers how many tokens were brought within the policy. One that cannot be is left for the next run. */
export async function shortenLives(context: TokenContext): Promise<number> {
  const longestSeconds = longestLifeOf(context.policy);
  if (longestSeconds === null) return 0;
  const at = context.clock();
  const rule = { longestSeconds, earliestEnd: at + days(NOTICE_DAYS) };
  let shortened = 0;
  await workThrough({
    page: (after) => context.storage.tokens.outliving(rule, at, { after, limit: BATCH }),
    async work(ids) {
      shortened += await shorten(context, { rule, at, ids });
    },
    onDropped: (id) => context.onDropped('shorten-lives', id),
  });
  return shortened;
}

async function shorten(
  context: TokenContext,
  { rule, at, ids }: { rule: LifeRule; at: number; ids: readonly string[] },
): Promise<number> {
  const changed = await context.storage.transaction(async (stores) => {
    const tokens = await stores.tokens.shortenLives(rule, at, ids);
    for (const token of tokens) {
      const longest = rule.longestSeconds / days(1);
      const details = { expires_at: token.expiresAt, longest_life_days: longest };
      const user = await stores.users.byId(token.userId);
      if (user === null) continue;
      const actor = { user, origin: BY_POLICY, ceiling: null };
      await stores.events.append(tokenEvent(token, 'user_token_updated', { actor, at, details }));
    }
    return tokens;
  });
  return changed.length;
}
