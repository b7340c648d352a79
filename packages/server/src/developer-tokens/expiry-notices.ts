/** Tells owners a week and a day before a token ends. Each notice is taken by one statement, so no two processes send it. */
import type { TokenContext } from './context.ts';

const NOTICE_DAYS = [1, 7] as const;
const BATCH = 100;

/** Answers how many messages were written. */
export async function sendExpiryNotices(context: TokenContext): Promise<number> {
  let sent = 0;
  for (const days of NOTICE_DAYS) {
    let taken = BATCH;
    while (taken === BATCH) {
      taken = await sendBatch(context, days);
      sent += taken;
    }
  }
  if (sent > 0) context.onMail();
  return sent;
}

function sendBatch(context: TokenContext, days: number): Promise<number> {
  return context.storage.transaction(async (stores) => {
    const tokens = await stores.tokens.takeExpiring(days, context.clock(), BATCH);
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
        days,
      });
    }
    return tokens.length;
  });
}
