/**
 * What signals do to the process. TERM, INT and QUIT end it in order: `/readyz` says 503 first, so that balancers send
 * nobody any more, then the listener closes and what is under way is finished. A second one ends it at once. HUP and the two
 * for users do nothing but a line in the log: their default is to kill, or to open a debugger.
 */
import { elapsedMilliseconds } from '../kit/clock.ts';
import type { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';

/** The npm that started the process is gone; said by `bin/gatehouse.js`. */
const PARENT_GONE = 'gatehouse:parent-gone';

const ENDING = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;
const WITHOUT_MEANING = ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** A terminal sends Ctrl-C to every process of its group, and one of these passes it on to the next: one press, two signals. */
const ONE_PRESS_MILLISECONDS = 250;

/** After the last request: writing counts and closing the database. */
const MOST_CLOSING_SECONDS = 5;

export interface Ending {
  /** Tells balancers and clients to go elsewhere; everything is still answered. */
  readonly drain: () => void;
  readonly close: () => Promise<unknown>;
  readonly drainSeconds: number;
  readonly shutdownSeconds: number;
}

/** From the start on, so that a reload that was meant for the server does not kill it. */
export function ignoreOtherSignals(logger: Pick<Logger, 'warn'>): void {
  for (const name of WITHOUT_MEANING) {
    process.on(name, (signal) =>
      logger.warn({ signal }, 'this signal is not supported for now and does nothing'),
    );
  }
}

/** Answers what ends the process in order without a signal, and without the time for balancers. */
export function endOnSignals(ending: Ending, logger: Logger): (reason: object) => void {
  let begunAt: number | null = null;

  /** `null`: without a word to balancers, since what would answer them may be wrong. */
  function begin(reason: object, seconds: number | null): void {
    if (begunAt !== null) return;
    const drainSeconds = seconds ?? 0;
    begunAt = elapsedMilliseconds();
    logger.info(reason, 'stopping');
    // Closing bounds itself; this is for a database that hangs when it is told goodbye.
    const most = drainSeconds + ending.shutdownSeconds + MOST_CLOSING_SECONDS;
    setTimeout(() => process.exit(1), most * 1000).unref();
    if (seconds !== null) ending.drain();
    (seconds === null ? ending.close() : wait(seconds * 1000).then(ending.close))
      .then(() => logger.info('stopped'))
      .catch((error: unknown) => {
        logger.error({ err: error }, 'the shutdown failed');
        process.exitCode = 1;
      });
  }

  function hear(signal: NodeJS.Signals): void {
    if (begunAt === null) return begin({ signal }, ending.drainSeconds);
    if (elapsedMilliseconds() - begunAt < ONE_PRESS_MILLISECONDS) return;
    logger.warn({ signal }, 'a second signal: ending at once');
    process.exit(1);
  }

  for (const name of ENDING) process.on(name, hear);
  const events: EventEmitter = process;
  events.on(PARENT_GONE, () => begin({ reason: 'npm ended' }, ending.drainSeconds));
  return (reason) => begin(reason, null);
}
