/**
 * Reads nothing but its argument, listens, and shuts down in order when a signal asks for it, and after a failure that may
 * have left the state of the process wrong.
 */
import { openApp, type App, type AppOptions } from './compose/app.ts';
import type { Config } from './config/config.ts';
import { createLogger } from './http/logger.ts';
import type { MetricsListener } from './compose/metrics.ts';
import { lockForServing } from './storage/serving-lock.ts';
import { endOnSignals, ignoreOtherSignals } from './compose/stopping.ts';
import { handleUncaught } from './compose/uncaught.ts';

/** By then the last module of the start is loaded. */
const SETTLED_MILLISECONDS = 500;

interface Heard extends Pick<AppOptions, 'onWaiting'> {
  /** Called with a newer version that has changed the database, and beside which this one works. */
  readonly onNewer?: (version: string) => void;
}

export async function serve(config: Config, heard: Heard = {}): Promise<void> {
  const logger = createLogger({ level: config.log.level });
  ignoreOtherSignals(logger);
  const { dataDirectory, databaseUrl } = config.storage;
  // Given up with the process, which may have more to write until its end.
  if (databaseUrl === null) lockForServing(dataDirectory);
  const app = await openApp({ config, logger, ...heard });
  const newer = await app.storage.newerVersion();
  if (newer !== null) heard.onNewer?.(newer);
  const { metrics, url } = await listen(app, config);
  const { drainSeconds, shutdownSeconds } = config.server;
  const stop = endOnSignals(
    {
      drain: () => app.drain(),
      close: () => Promise.all([app.close(), metrics?.close()]),
      drainSeconds,
      shutdownSeconds,
    },
    logger,
  );
  handleUncaught({
    logger,
    count: (kind) => app.counts.uncaught.add(kind),
    drain() {
      process.exitCode = 1;
      stop({ reason: 'uncaught exception' });
    },
  });
  process.stdout.write(`${config.brand.name} is listening on ${url}\n`);
  if (app.hasMailbox) {
    process.stdout.write(`No SMTP server is configured; mail is kept at ${url}/dev/mailbox\n`);
  }
  giveBackWhatLoadingLeft();
}

/** A server that nobody asks yet allocates too little for V8 to collect, and would hold some 10 MB of spent source text. */
function giveBackWhatLoadingLeft(): void {
  // There with `--expose-gc`, as `npm start` has it.
  const collect = (): void => {
    globalThis.gc?.({ execution: 'sync', type: 'major', flavor: 'last-resort' });
  };
  setTimeout(collect, SETTLED_MILLISECONDS).unref();
}

/** A port that is taken leaves nothing open behind it, or the process would stay. */
async function listen(
  app: App,
  config: Config,
): Promise<{ metrics: MetricsListener | null; url: string }> {
  let metrics: MetricsListener | null = null;
  try {
    metrics = config.metrics === null ? null : await openMetrics(app, config.metrics);
    const { url } = await app.listen();
    return { metrics, url };
  } catch (error) {
    await Promise.allSettled([app.close(), metrics?.close()]);
    throw error;
  }
}

/** Loaded only where it is switched on: most installations start without it, and sooner. */
async function openMetrics(app: App, place: NonNullable<Config['metrics']>) {
  const { startMetrics } = await import('./compose/metrics.ts');
  return startMetrics(app, place);
}
