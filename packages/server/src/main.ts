/**
 * Reads nothing but its argument, listens, and shuts down in order on SIGTERM and SIGINT, and after a failure that may
 * have left the state of the process wrong.
 */
import type { Logger } from 'pino';
import { openApp, type App, type AppOptions } from './app.ts';
import type { Config } from './config/config.ts';
import { createLogger } from './http/logger.ts';
import type { MetricsListener } from './metrics.ts';
import { handleUncaught } from './uncaught.ts';

/** After the last request: writing counts and closing the database. */
const MOST_CLOSING_SECONDS = 5;

/** By then the last module of the start is loaded. */
const SETTLED_MILLISECONDS = 500;

export async function serve(
  config: Config,
  heard: Pick<AppOptions, 'onWaiting'> = {},
): Promise<void> {
  const logger = createLogger({ level: config.log.level });
  const app = await openApp({ config, logger, ...heard });
  const { metrics, url } = await listen(app, config);
  process.stdout.write(`${config.brand.name} is listening on ${url}\n`);
  if (app.hasMailbox) {
    process.stdout.write(`No SMTP server is configured; mail is kept at ${url}/dev/mailbox\n`);
  }
  giveBackWhatLoadingLeft();

  const close = () => Promise.all([app.close(), metrics?.close()]);
  const stop = stopper(close, { logger, seconds: config.server.shutdownSeconds });
  process.on('SIGTERM', (signal) => stop({ signal }));
  process.on('SIGINT', (signal) => stop({ signal }));
  handleUncaught({
    logger,
    count: (kind) => app.counts.uncaught.add(kind),
    drain() {
      process.exitCode = 1;
      stop({ reason: 'uncaught exception' });
    },
  });
}

/** Closes once, however often it is asked to; the first reason is logged. */
function stopper(
  close: () => Promise<unknown>,
  { logger, seconds }: { logger: Logger; seconds: number },
): (reason: object) => void {
  let isStopping = false;
  return (reason) => {
    if (isStopping) return;
    isStopping = true;
    logger.info(reason, 'stopping');
    // Closing bounds itself; this is for a database that hangs when it is told goodbye.
    const late = setTimeout(() => process.exit(1), (seconds + MOST_CLOSING_SECONDS) * 1000);
    late.unref();
    close()
      .then(() => logger.info('stopped'))
      .catch((error: unknown) => {
        logger.error({ err: error }, 'the shutdown failed');
        process.exitCode = 1;
      });
  };
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
  const { startMetrics } = await import('./metrics.ts');
  return startMetrics(app, place);
}
