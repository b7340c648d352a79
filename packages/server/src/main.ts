/** Reads nothing but its argument, listens, and shuts down in order on SIGTERM and SIGINT. */
import { openApp } from './app.ts';
import type { Config } from './config/config.ts';
import { createLogger } from './http/logger.ts';
import { startMetrics } from './metrics.ts';

export async function serve(config: Config): Promise<void> {
  const logger = createLogger({ level: config.log.level });
  const app = await openApp({ config, logger });
  const metrics = config.metrics === null ? null : await startMetrics(app, config.metrics);
  const { url } = await app.listen();
  process.stdout.write(`${config.brand.name} is listening on ${url}\n`);
  if (config.mail.smtpUrl === null) {
    process.stdout.write(`No SMTP server is configured; mail is kept at ${url}/dev/mailbox\n`);
  }

  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ signal }, 'stopping');
    const late = setTimeout(() => process.exit(1), config.server.shutdownSeconds * 1000);
    late.unref();
    Promise.all([app.close(), metrics?.close()])
      .then(() => logger.info('stopped'))
      .catch((error: unknown) => {
        logger.error({ err: error }, 'the shutdown failed');
        process.exitCode = 1;
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
