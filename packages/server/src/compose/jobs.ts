/** Work that nobody waits for: flushing counts of use, ending grants of deleted apps, telling of tokens that end soon, deleting what has expired. */
import type { Logger } from 'pino';
import type { JobName } from './counts.ts';
import { dayOf } from '../developer-tokens/usage.ts';
import { days, hours, minutes } from '../kit/clock.ts';
import { awaitAll, runAll } from '../kit/run-all.ts';
import { RowsKept } from '../kit/survivors.ts';
import { SHORT_LIVED_TABLES, type ShortLivedTableName } from '../storage/short-lived/tables.ts';
import type { Modules } from './modules.ts';

export interface Jobs {
  /** Stops the timers, waits for what is running and flushes once more. */
  stop(): Promise<void>;
}

interface Job {
  readonly name: JobName;
  readonly everySeconds: number;
  /** From the start on, not some seconds later. */
  readonly isSoon?: true;
  readonly work: () => Promise<unknown>;
}

/** All of them; tests run each. */
export const jobsOf = (modules: Modules): readonly Job[] => [
  { name: 'flush-use', everySeconds: minutes(1), work: () => flush(modules) },
  { name: 'shorten-lives', everySeconds: hours(1), work: () => modules.tokens.shortenLives() },
  {
    name: 'send-expiry-notices',
    everySeconds: hours(1),
    work: () => modules.tokens.sendExpiryNotices(),
  },
  { name: 'erase-people', everySeconds: minutes(10), work: () => modules.accounts.eraseDue() },
  { name: 'repair', everySeconds: hours(1), work: () => modules.storage.repair() },
  { name: 'end-grants', everySeconds: minutes(1), work: () => endGrants(modules) },
  { name: 'keep-room', everySeconds: 10, isSoon: true, work: () => modules.storage.keepRoom() },
  {
    name: 'keep-signing-keys',
    everySeconds: minutes(1),
    work: () => modules.signingKeys.keep(),
  },
  { name: 'purge', everySeconds: hours(1), work: () => purge(modules) },
];

/** `random` answers from 0 to 1: processes that start together must not all work at the same moment. */
export function startJobs(
  modules: Modules,
  logger: Logger,
  random: () => number = Math.random,
): Jobs {
  const running = new Map<JobName, Promise<void>>();

  async function run({ name, work }: Job): Promise<void> {
    const { done, failed } = modules.counts.jobs;
    try {
      await work();
      done.add(name);
    } catch (error) {
      failed.add(name);
      logger.error({ err: error, job: name }, 'a background job failed');
    }
    modules.dropped.report(logger);
    running.delete(name);
  }

  // A run that takes longer than its interval is not joined by a second one.
  const runAlone = (job: Job): void => {
    if (!running.has(job.name)) running.set(job.name, run(job));
  };

  const timers = jobsOf(modules).flatMap((job) => [
    // What expired while the process was down waits for less than a minute, not for a whole interval.
    setTimeout(runAlone, job.isSoon ? 0 : (0.1 + 0.9 * random()) * 60_000, job).unref(),
    setInterval(runAlone, job.everySeconds * 1000, job).unref(),
  ]);

  return {
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running.values());
      await flush(modules).finally(() => modules.dropped.report(logger));
    },
  };
}

/** Counts of use, each kept for the next try when it cannot be written. */
export async function flush({ usage, authorization }: Modules): Promise<void> {
  const recorders = [usage, authorization.grantUsage, authorization.secretUsage];
  // All have ended when this does: the database may be closed next.
  await awaitAll(
    recorders.map((recorder) => recorder.flush()),
    'not every count of use could be written',
  );
}

/** What deletions of apps and ends of access left to end. It goes on where a run or a process before it stopped. */
export function endGrants({ storage, clock, dropped }: Modules): Promise<void> {
  const onDropped = (id: string): void => dropped.note('end-grants', id);
  const steps = [
    () => storage.access.endRest(clock(), onDropped),
    () => storage.appGrants.endOfDeleted(clock(), onDropped),
  ];
  return runAll(steps, 'not every grant that is over could be ended');
}

/**
 * Deletes what is over once its time is up (`retention`). One kind that fails keeps no other from its turn, and a row that
 * cannot be deleted keeps no other row: it is counted, named in the log and tried again by the next run.
 */
export async function purge(modules: Modules): Promise<void> {
  const leaveOut = (error: unknown): void => {
    if (!(error instanceof RowsKept)) throw error;
    for (const row of error.rows) modules.dropped.note('purge', row);
  };
  const all = purges(modules);
  const steps = PURGED_TABLES.map((table) => () => all[table]().catch(leaveOut));
  // What went is given back to the disk last.
  steps.push(() => modules.storage.giveBackSpace());
  await runAll(steps, 'not everything could be purged');
}

/** Tables with a purge of their own; what refers to their rows goes with them. In the order in which they refer to each other. */
export const PURGED_TABLES = [
  'sessions',
  'proofs',
  'attempts',
  'devices',
  ...SHORT_LIVED_TABLES,
  'token_uses',
  'token_addresses',
  'grant_uses',
  'authorization_codes',
  'access_tokens',
  'token_families',
  'developer_tokens',
  'client_secrets',
  'grants',
  'apps',
  'access_changes',
  'outbox',
  'events',
] as const;

/** Readers are some milliseconds behind. */
const CHANGES_KEPT_SECONDS = days(1);

export type PurgedTable = (typeof PURGED_TABLES)[number];

export function purges({
  storage,
  config,
  clock,
}: Pick<Modules, 'storage' | 'config' | 'clock'>): Readonly<
  Record<PurgedTable, () => Promise<unknown>>
> {
  const now = clock();
  const { retention } = config;
  const firstDay = dayOf(now) - retention.useDays;
  const endedBefore = now - days(retention.endedDays);
  const shortLived = SHORT_LIVED_TABLES.map((table) => [
    table,
    () => storage.purgeShortLived(table, now),
  ]);
  return {
    ...(Object.fromEntries(shortLived) as Record<ShortLivedTableName, () => Promise<unknown>>),
    sessions: () => storage.sessions.purge(now, now - config.sessions.idleSeconds),
    proofs: () => storage.proofs.purge(now - days(retention.proofsDays)),
    attempts: () => storage.attempts.purge(now),
    devices: () => storage.devices.purge(now - days(retention.browsersDays)),
    token_uses: () => storage.usage.purge(firstDay),
    token_addresses: () => storage.usage.purgeAddresses(days(firstDay)),
    grant_uses: () => storage.grants.purgeUse(firstDay),
    authorization_codes: () => storage.codes.purge(now - days(retention.accessDays)),
    access_tokens: () => storage.accessTokens.purge(now - days(retention.accessDays)),
    token_families: () => storage.families.purge(now - days(retention.familiesDays)),
    developer_tokens: () => storage.ended.purgeTokens(endedBefore),
    client_secrets: () => storage.ended.purgeSecrets(endedBefore),
    grants: () => storage.ended.purgeGrants(endedBefore),
    apps: () => storage.ended.purgeApps(endedBefore),
    access_changes: () => storage.changes.purge(now - CHANGES_KEPT_SECONDS),
    outbox: () => storage.outbox.purgeSent(now - days(retention.mailDays)),
    events: () =>
      retention.eventsDays === null
        ? Promise.resolve()
        : storage.events.purge(now - days(retention.eventsDays)),
  };
}
