/** Tells owners a week and a day before a token ends. Each notice is taken by one statement, so no two processes send it. */
import { days } from '../kit/clock.ts';
import { workThrough } from '../kit/survivors.ts';
import type { TokenContext } from './context.ts';

const NOTICE_DAYS = [1, 7] as const;
const BATCH = 100;

/** The notices that a token needs no more when it is made: nobody has to hear that what lives a day ends within a day. */
export const noticedWhenMade = (lifeSeconds: number | null): number | null =>
  lifeSeconds === null ? null : (NOTICE_DAYS.find((within) => lifeSeconds <= days(within)) ?? null);

/** Answers how many messages were written. A token that cannot be noticed is left for the next run. */
export async function sendExpiryNotices(context: TokenContext): Promise<number> {
  let sent = 0;
  for (const within of NOTICE_DAYS) {
    await workThrough({
      page: (after) =>
        context.storage.tokens.expiring(within, context.clock(), { after, limit: BATCH }),
      async work(ids) {
        sent += await notice(context, within, ids);
      },
      onDropped: (id) => context.onDropped('send-expiry-notices', id),
    });
  }
  if (sent > 0) context.onMail();
  return sent;
}

function notice(context: TokenContext, within: number, ids: readonly string[]): Promise<number> {
  return context.storage.transaction(async (stores) => {
    const tokens = await stores.tokens.takeExpiring(within, context.clock(), ids);
    for (const token of tokens) {
      const user = await stores.users.byId(token.userId);
      if (user === null || user.suspendedAt !== null || token.expiresAt === null) continue;
      const { id: tokenId, description, expiresAt } = token;
      const { email: to, name } = user;
      await stores.outbox.enqueue({
        kind: 'token-expires',
        to,
        name,
        tokenId,
        description,
        expiresAt,
        days: within,
      });
    }
    return tokens.length;
  });
}
