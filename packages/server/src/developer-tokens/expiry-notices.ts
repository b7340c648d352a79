/** Tells owners a week and a day before a token ends. Each notice is taken by one statement, so no two processes send it. */
import { days } from '../kit/clock.ts';
import type { TokenContext } from './context.ts';

const NOTICE_DAYS = [1, 7] as const;
const BATCH = 100;

/** The notices that a token needs no more when it is made: nobody has to hear that what lives a day ends within a day. */
export const noticedWhenMade = (lifeSeconds: number | null): number | null =>
  lifeSeconds === null ? null : (NOTICE_DAYS.find((within) => lifeSeconds <= days(within)) ?? null);

/** Answers how many messages were written. */
export async function sendExpiryNotices(context: TokenContext): Promise<number> {
  let sent = 0;
  for (const within of NOTICE_DAYS) {
    let taken = BATCH;
    while (taken === BATCH) {
      taken = await sendBatch(context, within);
      sent += taken;
    }
  }
  if (sent > 0) context.onMail();
  return sent;
}

function sendBatch(context: TokenContext, within: number): Promise<number> {
  return context.storage.transaction(async (stores) => {
    const tokens = await stores.tokens.takeExpiring(within, context.clock(), BATCH);
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
