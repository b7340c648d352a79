/** Work that nobody waits for: flushing counts of use, telling of tokens that end soon, deleting what has expired. */
import type { Logger } from 'pino';
import { days, hours } from './kit/clock.ts';
import { dayOf } from './developer-tokens/usage.ts';
import type { Rooms } from './rooms.ts';

export interface Jobs {
  /** Stops the timers and flushes once more. */
  stop(): Promise<void>;
}

const KEEP_USE_DAYS = 90;
const KEEP_MAIL_DAYS = 30;
const KEEP_PROOF_DAYS = 7;

export function startJobs(rooms: Rooms, logger: Logger): Jobs {
  const timers = [
    every(60, () => rooms.usage.flush()),
    every(hours(1), async () => {
      await rooms.tokens.sendExpiryNotices();
      await purge(rooms);
    }),
  ];

  function every(seconds: number, work: () => Promise<unknown>): NodeJS.Timeout {
    const run = (): void => {
      work().catch((error: unknown) => logger.error({ err: error }, 'a background job failed'));
    };
    return setInterval(run, seconds * 1000).unref();
  }

  return {
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await rooms.usage.flush();
    },
  };
}

/** Protocol state that has run out; tokens, people and events are kept. */
export async function purge(rooms: Rooms): Promise<void> {
  const { storage, config } = rooms;
  const now = rooms.clock();
  await storage.sessions.purge(now, now - config.sessions.idleSeconds);
  await storage.proofs.purge(now - days(KEEP_PROOF_DAYS));
  await storage.attempts.purge(now);
  await storage.usage.purge(dayOf(now) - KEEP_USE_DAYS);
  await storage.outbox.purgeSent(now - days(KEEP_MAIL_DAYS));
}
