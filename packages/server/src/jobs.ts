/** Work that nobody waits for: flushing counts of use, telling of tokens that end soon, deleting what has expired. */
import type { Logger } from 'pino';
import type { JobName } from './counts.ts';
import { dayOf } from './developer-tokens/usage.ts';
import { days, hours, minutes } from './kit/clock.ts';
import type { Rooms } from './rooms.ts';

export interface Jobs {
  /** Stops the timers, waits for what is running and flushes once more. */
  stop(): Promise<void>;
}

interface Job {
  readonly name: JobName;
  readonly everySeconds: number;
  readonly work: () => Promise<unknown>;
}

const KEEP_USE_DAYS = 90;
const KEEP_MAIL_DAYS = 30;
const KEEP_PROOF_DAYS = 7;
/** A code that comes back after this long is unknown; its family has other signs of theft. */
const KEEP_CODE_DAYS = 1;
/** For so long an expired access token is told that it expired. */
const KEEP_ACCESS_DAYS = 1;
const KEEP_FAMILY_DAYS = 7;

const jobsOf = (rooms: Rooms): readonly Job[] => [
  { name: 'flush-use', everySeconds: minutes(1), work: () => flush(rooms) },
  { name: 'shorten-lives', everySeconds: hours(1), work: () => rooms.tokens.shortenLives() },
  {
    name: 'send-expiry-notices',
    everySeconds: hours(1),
    work: () => rooms.tokens.sendExpiryNotices(),
  },
  { name: 'erase-people', everySeconds: minutes(10), work: () => rooms.accounts.eraseDue() },
  { name: 'purge', everySeconds: hours(1), work: () => purge(rooms) },
];

/** `random` answers from 0 to 1: processes that start together must not all work at the same moment. */
export function startJobs(rooms: Rooms, logger: Logger, random: () => number = Math.random): Jobs {
  const running = new Map<JobName, Promise<void>>();

  async function run({ name, work }: Job): Promise<void> {
    const { done, failed } = rooms.counts.jobs;
    try {
      await work();
      done.add(name);
    } catch (error) {
      failed.add(name);
      logger.error({ err: error, job: name }, 'a background job failed');
    }
    running.delete(name);
  }

  // A run that takes longer than its interval is not joined by a second one.
  const runAlone = (job: Job): void => {
    if (!running.has(job.name)) running.set(job.name, run(job));
  };

  const timers = jobsOf(rooms).flatMap((job) => [
    // What expired while the process was down waits for less than a minute, not for a whole interval.
    setTimeout(runAlone, (0.1 + 0.9 * random()) * 60_000, job).unref(),
    setInterval(runAlone, job.everySeconds * 1000, job).unref(),
  ]);

  return {
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running.values());
      await flush(rooms);
    },
  };
}

/** Counts of use, each kept for the next try when it cannot be written. */
export async function flush({ usage, authorization }: Rooms): Promise<void> {
  const { grantUsage, secretUsage } = authorization;
  await Promise.all([usage.flush(), grantUsage.flush(), secretUsage.flush()]);
}

/** Protocol state that has run out; tokens, people and events are kept. One kind that fails keeps no other from its turn. */
export async function purge(rooms: Rooms): Promise<void> {
  const failures: unknown[] = [];
  for (const work of purges(rooms)) {
    await work().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'not everything could be purged');
}

function purges({ storage, config, clock }: Rooms): readonly (() => Promise<unknown>)[] {
  const now = clock();
  return [
    () => storage.sessions.purge(now, now - config.sessions.idleSeconds),
    () => storage.proofs.purge(now - days(KEEP_PROOF_DAYS)),
    () => storage.attempts.purge(now),
    () => storage.returns.purge(now),
    () => storage.sentForms.purge(now),
    () => storage.usage.purge(dayOf(now) - KEEP_USE_DAYS),
    () => storage.grants.purgeUse(dayOf(now) - KEEP_USE_DAYS),
    () => storage.interactions.purge(now),
    () => storage.codes.purge(now - days(KEEP_CODE_DAYS)),
    () => storage.accessTokens.purge(now - days(KEEP_ACCESS_DAYS)),
    () => storage.families.purge(now - days(KEEP_FAMILY_DAYS)),
    () => storage.outbox.purgeSent(now - days(KEEP_MAIL_DAYS)),
  ];
}
