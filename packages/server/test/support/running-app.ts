/** A whole Gatehouse on a free loopback port, with its own data, for one test file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  createPasswordHasher,
  type PasswordHasher,
} from '../../src/identity/authentication/password.ts';
import type { Catalogues } from '../../src/catalogue/catalogues.ts';
import { openApp, type App } from '../../src/compose/app.ts';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read.ts';
import { createLogger } from '../../src/http/logger.ts';
import type { Clock, Elapsed } from '../../src/kit/clock.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { freePort } from './free-port.ts';
import { Secrets } from './secrets.ts';
import { WebVisitor } from './visitor.ts';

export interface RunningApp {
  readonly app: App;
  readonly base: string;
  readonly directory: string;
  readonly log: readonly string[];
  /** The log so far, which is emptied. */
  takeLog(): readonly string[];
  /** What its visitors gave or were given and nobody may keep. */
  readonly secrets: Secrets;
  visitor(): WebVisitor;
  stop(): Promise<void>;
}

export interface RunningOptions {
  readonly change?: (config: Config) => Config;
  readonly clock?: Clock;
  readonly elapsed?: Elapsed;
  readonly env?: Record<string, string>;
  /** Argon2 with the least work unless said otherwise: journeys are not about its cost. */
  readonly passwords?: PasswordHasher;
  /** Instead of the catalogue of the configuration. */
  readonly catalogues?: (config: Config) => Catalogues;
  /** Called before the server listens. */
  readonly onComposed?: () => void;
  /** Without jobs and the courier: what runs is what is asked for. */
  readonly isQuiet?: true;
}

/** A visitor who would have to wait moves the clock of the pages instead, of all servers of this process. */
let waited = 0;
const wait = (milliseconds: number): void => void (waited += milliseconds);

const cheap = { memory: 8, passes: 1, parallelism: 1 };

export async function startApp(options: RunningOptions = {}): Promise<RunningApp> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-'));
  const port = await freePort();
  const env = { GATEHOUSE_PORT: String(port), ...options.env };
  const { storage, ...rest } = readConfig({ env, directory });
  // Few tests are about a full disk; the others need not wait until the file is written.
  const read = { ...rest, storage: { ...storage, reserveBytes: 0 } };
  const config = options.change?.(read) ?? read;
  const log: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(chunk.toString());
      done();
    },
  });
  const app = await openApp({
    config,
    milliseconds: () => Date.now() + waited,
    logger: createLogger({ level: 'debug', destination }),
    passwords: options.passwords ?? createPasswordHasher({ randomBytes, cost: cheap }),
    ...(options.clock !== undefined && { clock: options.clock }),
    ...(options.elapsed !== undefined && { elapsed: options.elapsed }),
    ...(options.catalogues !== undefined && { catalogues: options.catalogues(config) }),
  });
  options.onComposed?.();
  if (options.isQuiet === true) await app.server.listen({ host: config.server.host, port });
  else await app.listen();
  // Not the base URL, which may name a host that only a proxy answers for.
  const base = `http://${config.server.host}:${config.server.port}`;
  const secrets = new Secrets();
  return {
    app,
    base,
    directory,
    log,
    takeLog: () => log.splice(0),
    secrets,
    visitor: () => new WebVisitor(base, { secrets, wait }),
    async stop() {
      await app.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export const PASSWORD = 'copper lantern drifting north';

/** The newest message to an address, as the development mailbox shows it. */
export async function newestMail(
  running: RunningApp,
  to: string,
): Promise<{ subject: string; text: string }> {
  const { items } = await running.app.storage.outbox.list('all', { page: 1, pageSize: 100 });
  const entry = items.find((item) => item.notice.to === to);
  if (entry === undefined) throw new Error(`no mail to ${to}`);
  const message = running.app.renderMail(entry.notice);
  running.secrets.noteText(message.text);
  return message;
}

/** The link to a page in the newest message to an address. */
export async function linkTo(running: RunningApp, to: string, path: string): Promise<string> {
  const { text } = await newestMail(running, to);
  const link = text.split(/\s+/).find((word) => URL.parse(word)?.pathname === path);
  if (link === undefined) throw new Error(`no link to ${path} in the message`);
  return link;
}

/** Signs up and proves the address as a person would; answers the signed-in visitor. */
export async function signUp(running: RunningApp, email: string): Promise<WebVisitor> {
  const visitor = running.visitor();
  await visitor.get('/sign-up');
  await visitor.submit('/sign-up', { name: 'Ada Example', email, password: PASSWORD });
  const { pathname, search } = new URL(await linkTo(running, email, '/verify-email'));
  await visitor.get(pathname + search);
  await visitor.submit('/verify-email');
  return visitor;
}
