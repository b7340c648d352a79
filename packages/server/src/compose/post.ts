/** Joins the outbox to the world: a courier when there is an SMTP server, the development mailbox when there is none. */
import type { Logger } from 'pino';
import { createCourier, type Courier } from '../mail/courier.ts';
import { LINK_ENDED, TOO_OLD } from '../mail/life.ts';
import { createMailbox } from '../mail/mailbox.ts';
import { smtpTransport } from '../mail/transport.ts';
import type { MailDesk } from '../portal/portal-context.ts';
import type { Modules } from './modules.ts';

export interface Post {
  readonly desk: MailDesk;
  start(): void;
  /** What is not delivered after so many seconds is broken off and stays in the outbox. */
  stop(seconds: number): Promise<void>;
}

/** The first look at the SMTP server: soon, and not while the server starts. */
const FIRST_LOOK_MILLISECONDS = 1000;
const PROBE_MILLISECONDS = 15_000;
/** For recording what was broken off. */
const RECORDING_SECONDS = 1;

export function createPost(
  modules: Modules,
  options: { logger: Logger; isLoopback: boolean },
): Post {
  const { storage, clock, renderMail: render } = modules;
  const queue = storage.outbox;
  const watch = watchServer(modules, options.logger);
  const courier = openCourier(modules, { log: options.logger, onSent: () => watch.noteSuccess() });
  const hasMailbox = courier === null && options.isLoopback;
  const desk: MailDesk = {
    mailbox: hasMailbox ? createMailbox({ queue, render }) : null,
    async standstill() {
      if (courier === null) return null;
      const held = await queue.held();
      if (held !== null) return { waiting: held.count, reason: held.lastError };
      const reason = watch.reason();
      return reason === null ? null : { waiting: 0, reason };
    },
    async troubles(page) {
      const { items, ...rest } = await queue.list('trouble', page);
      const entries = items.map(({ notice, ...entry }) => ({
        ...entry,
        kind: notice.kind,
        to: notice.to,
        canRetry: entry.failedAt !== null && !isOver(entry.lastError),
      }));
      return { items: entries, ...rest };
    },
    async retry(id) {
      const isDue = await queue.retry(id, clock());
      if (isDue) courier?.nudge();
      return isDue;
    },
  };
  return {
    desk,
    start() {
      if (courier === null) return;
      const look = (): void => courier.nudge();
      modules.mail.onCommitted = look;
      // Messages that other processes write about what they end come with it.
      modules.readers.add({ onChange: look, onAnything: look });
      courier.start();
      watch.start();
    },
    async stop(seconds) {
      watch.stop();
      await courier?.stop(1000 * Math.max(0, seconds - RECORDING_SECONDS));
    },
  };
}

/** Sent now, it would be as late as before. */
const isOver = (lastError: string | null): boolean =>
  lastError === TOO_OLD || lastError === LINK_ENDED;

function openCourier(
  { config, storage, clock, counts, dropped, renderMail: render }: Modules,
  { log, onSent }: { log: Logger; onSent: () => void },
): Courier | null {
  const { smtp, from } = config.mail;
  if (smtp === null) return null;
  return createCourier({
    queue: storage.outbox,
    transport: smtpTransport(smtp, from),
    render,
    isLive: async ({ id, purpose }) => (await storage.proofs.live(id, purpose, clock())) !== null,
    clock,
    log,
    onResult({ id, kind, outcome }) {
      counts.mail.add(outcome);
      if (outcome === 'sent') onSent();
      if (kind === 'unreadable') dropped.note('mail', id);
    },
  });
}

/** Looks once, after the start, whether the SMTP server takes mail from us, so that nobody learns it from a lost message. */
function watchServer({ config }: Modules, logger: Logger) {
  const { smtp, from } = config.mail;
  const stopping = new AbortController();
  let reason: string | null = null;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    if (smtp === null) return;
    const { probeSmtp } = await import('../mail/probe.ts');
    const { signal } = stopping;
    const found = await probeSmtp(smtp, { from, milliseconds: PROBE_MILLISECONDS, signal });
    if (found === null || signal.aborted) return;
    reason = found;
    logger.error({ reason }, 'the SMTP server cannot be used; messages wait');
  }

  return {
    reason: () => reason,
    noteSuccess(): void {
      reason = null;
    },
    start(): void {
      timer = setTimeout(() => {
        look().catch((error: unknown) => logger.error({ err: error }, 'mail cannot be checked'));
      }, FIRST_LOOK_MILLISECONDS).unref();
    },
    stop(): void {
      clearTimeout(timer);
      stopping.abort();
    },
  };
}
