/**
 * Composition of the running system: the modules, the portal and the API on one HTTP server, mail and background jobs.
 * The tests build the same thing.
 */
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { createApi } from '../api/api.ts';
import { derived } from '../catalogue/catalogues.ts';
import { createCatalogueReport } from './catalogue-report.ts';
import { createClockWatch } from './clock-watch.ts';
import type { Config } from '../config/config.ts';
import { isLoopbackHost } from '../kit/loopback.ts';
import { prefersHtml, prefersJson } from '../http/accept.ts';
import type { Failure } from '../http/failure.ts';
import { roomForNames } from '../http/form-room.ts';
import { listen, ListenFailed, type Listener } from '../http/listen.ts';
import type { Route } from '../http/route.ts';
import { createServer } from '../http/server.ts';
import type { AnswerCommons } from '../http/fast/whole-answer.ts';
import { awaitAll, runAll } from '../kit/run-all.ts';
import { ShuttingDown } from '../kit/temporary.ts';
import { inTime } from '../kit/in-time.ts';
import { elapsedMilliseconds, systemMilliseconds } from '../kit/clock.ts';
import { deriveKeys } from '../keys/keys.ts';
import { flush, startJobs } from './jobs.ts';
import { apiContextOf, authorizationOf } from './contexts.ts';
import { createPost } from './post.ts';
import { createPortal } from '../portal/portal.ts';
import { openModules, type ModuleOptions, type Modules } from './modules.ts';
import { registerSystem, tableOf } from './routes.ts';

export interface App extends Modules {
  readonly server: Awaited<ReturnType<typeof createServer>>;
  /** Every URL of the system. */
  readonly routes: readonly Route[];
  /** Messages are kept here and sent nowhere. */
  readonly hasMailbox: boolean;
  /** Binds the port and starts mail and jobs. Answers the URL that people type. */
  listen(): Promise<{ url: string }>;
  /** From now on `/readyz` says 503 and every answer ends its connection; everything is still answered. */
  drain(): void;
}

export interface AppOptions extends ModuleOptions {
  readonly logger: Logger;
  /** Epoch milliseconds: how long a page was looked at. */
  readonly milliseconds?: () => number;
}

export async function openApp(options: AppOptions): Promise<App> {
  const { config, logger, milliseconds = systemMilliseconds } = options;
  const modules = await openModules(options);
  const room = derived(modules.catalogues, ({ all }) => roomForNames(all.map(({ name }) => name)));
  const server = await createServer({
    room,
    config: config.server,
    logger,
    logRequests: config.log.requests,
    tellFailure: (failure, request, reply) =>
      (isForPeople(failure, request) ? portal : api).tellFailure(failure, request, reply),
  });
  const isClosed = watchClosing(server);
  const post = createPost(modules, { logger, isLoopback: isOnLoopback(config) });
  const api = createApi(apiContextOf(modules, options.elapsed ?? elapsedMilliseconds));
  const portal = createPortal({
    accounts: modules.accounts,
    tokens: modules.tokens,
    usage: modules.usage,
    checker: modules.checker,
    fairShare: modules.fairShare,
    ...authorizationOf(modules),
    rateLimit: config.rateLimit,
    bodyLimitBytes: () => config.server.bodyLimitBytes + room().bytes,
    mail: post.desk,
    brand: config.brand,
    baseUrl: config.server.baseUrl,
    signUpMode: config.signUp.mode,
    sessionSeconds: config.sessions.absoluteSeconds,
    catalogues: modules.catalogues,
    clock: modules.clock,
    elapsed: modules.elapsed,
    milliseconds,
    ...keysOf(config),
    askApi: async (credential, { address: remoteAddress, agent }) => {
      // From then on the server takes no requests, its own included.
      if (isClosed()) throw new ShuttingDown();
      const headers = { authorization: `Bearer ${credential}`, 'user-agent': agent };
      const answer = await server.inject({ method: 'GET', url: '/v2/me', headers, remoteAddress });
      return { status: answer.statusCode, body: answer.body };
    },
  });
  const draining = createDraining(server.answerCommons);
  const system = { api, portal, modules, isDraining: draining.isBegun };
  const watchers = createWatchers(modules, logger);
  registerSystem(server, system);
  let listener: Listener | undefined;
  let jobs: ReturnType<typeof startJobs> | undefined;
  let closing: Promise<void> | undefined;

  /** Stops taking requests, finishes those under way and the mail, then counts and storage. */
  async function closeInOrder(): Promise<void> {
    const isQuiet = draining.isBegun();
    draining.begin();
    const seconds = config.server.shutdownSeconds;
    const stopServing = (): Promise<void> =>
      awaitAll(
        [
          listener === undefined ? server.close() : listener.close(seconds, isQuiet),
          // What is not delivered by then stays in the outbox.
          inTime(post.stop(seconds), { seconds, late: undefined }),
        ],
        'not everything could be stopped',
      );
    const steps = [
      stopServing,
      () => (jobs === undefined ? flush(modules) : jobs.stop()),
      () => watchers.stop(),
      () => modules.close(),
    ];
    await runAll(steps, 'not everything could be closed in order');
  }

  return {
    ...modules,
    server,
    routes: tableOf(system),
    hasMailbox: post.desk.mailbox !== null,
    async listen() {
      listener = await listenFor(server, { config, logger });
      post.start();
      jobs = startJobs(modules, logger);
      modules.following.start(tellFault(logger));
      watchers.start();
      return { url: config.server.baseUrl };
    },
    drain: draining.begin,
    close: () => (closing ??= closeInOrder()),
  };
}

/** Nothing is remembered for long, so what others end is refused in time all the same. */
const tellFault = (logger: Logger) => (error: unknown) =>
  error === null
    ? logger.info('changes of access by other processes are read again')
    : logger.warn({ err: error }, 'changes of access by other processes cannot be read');

const keysOf = ({ masterSecrets }: Config) => ({
  ticketKeys: deriveKeys(masterSecrets, 'page ticket'),
  formKeys: deriveKeys(masterSecrets, 'kept form'),
  csrfKeys: deriveKeys(masterSecrets, 'csrf'),
});

function listenFor(
  server: App['server'],
  { config, logger }: Pick<AppOptions, 'config' | 'logger'>,
): Promise<Listener> {
  const onError = (error: Error): void =>
    logger.warn({ err: error }, 'a connection could not be accepted');
  return listen(server, { ...config.server, onError }).catch((error: unknown) => {
    throw new ListenFailed('server', error);
  });
}

const createDraining = (commons: AnswerCommons) => ({
  begin: (): void => {
    commons.isDraining = true;
  },
  isBegun: (): boolean => commons.isDraining,
});

/** Whether the server takes requests no more, its own included. */
function watchClosing(server: App['server']): () => boolean {
  let isClosed = false;
  server.addHook('preClose', async () => {
    isClosed = true;
  });
  return () => isClosed;
}

/** What looks beside the requests, and only tells. */
function createWatchers(modules: Modules, logger: Logger) {
  const { clockSteps: steps } = modules.counts;
  const time = { milliseconds: systemMilliseconds, elapsed: elapsedMilliseconds };
  const clock = createClockWatch({ ...time, steps, logger });
  const catalogue = createCatalogueReport(modules, logger);
  return {
    start(): void {
      clock.start();
      catalogue.start();
    },
    stop(): Promise<void> {
      clock.stop();
      return catalogue.stop();
    },
  };
}

/** A proxy on the same machine brings strangers to loopback, and then people know the server by another name. */
const isOnLoopback = ({ server }: Config): boolean =>
  isLoopbackHost(server.host) && isLoopbackHost(new URL(server.baseUrl).hostname);

/** JSON for programs, pages for people: decided by the route's family and, where no route is met, by who asks for what. */
function isForPeople({ known }: Failure, { routeOptions, headers, url }: FastifyRequest): boolean {
  const { family } = routeOptions.config;
  if (family !== undefined) return family === 'portal';
  if (/^bearer /i.test(headers.authorization ?? '')) return false;
  if (known?.family !== undefined) return known.family === 'portal' && !prefersJson(headers.accept);
  return !/^\/(v\d+|oauth2)([/?]|$)/.test(url) && prefersHtml(headers.accept);
}
