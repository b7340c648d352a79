/** The API alone on a free loopback port, over real storage and the real modules, for one test file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '../../src/api/api.ts';
import type { TokenForm } from '../../src/developer-tokens/create.ts';
import type { Role, User } from '../../src/identity/types.ts';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read.ts';
import { createLogger } from '../../src/http/logger.ts';
import { registerRoutes } from '../../src/http/register-routes.ts';
import type { Route } from '../../src/http/route.ts';
import { createServer } from '../../src/http/server.ts';
import { createPasswordHasher } from '../../src/identity/authentication/password.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { apiContextOf } from '../../src/compose/contexts.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { Documented, type Document } from './documented.ts';
import { sharedPostgres } from './postgres.ts';

export const ALL = ['account.read', 'auditlog.read', 'team.read', 'asset.read', 'asset.create'];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; tests assert on what they expect of it. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export interface Sent {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export class RunningApi {
  readonly modules: Modules;
  readonly base: string;
  readonly time: { now: number };
  readonly routes: readonly Route[];
  /** What every answer to `send` is compared with. */
  readonly documented: Documented;
  readonly #stop: () => Promise<void>;

  constructor(parts: {
    modules: Modules;
    base: string;
    time: { now: number };
    routes: readonly Route[];
    document: Document;
    stop: () => Promise<void>;
  }) {
    this.modules = parts.modules;
    this.base = parts.base;
    this.time = parts.time;
    this.routes = parts.routes;
    this.documented = new Documented(parts.document);
    this.#stop = parts.stop;
  }

  async send(
    path: string,
    { method = 'GET', token, body, headers = {} }: Sent = {},
  ): Promise<Answer> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    const json: unknown = isJson ? JSON.parse(text) : undefined;
    const answer = { status: response.status, headers: response.headers, text, json };
    const known = this.documented.find(method, path);
    if (known !== undefined) this.documented.assertAnswer(known, answer);
    return answer;
  }

  async user(email: string): Promise<User> {
    const origin = { source: 'system', client: 'test', address: null, actorId: null } as const;
    const form = { name: 'Ada Example', email, password: 'copper lantern drifting north' };
    const made = await this.modules.accounts.createUser({ ...form, isOperator: false }, origin);
    if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
    return made.user;
  }

  async token(
    user: User,
    scopes: readonly string[] = ALL,
    options: Partial<TokenForm> = {},
  ): Promise<{ id: string; value: string }> {
    const origin = { source: 'portal', client: 'web', address: null, actorId: user.id } as const;
    const form = {
      description: 'nightly export',
      scopes,
      lifeSeconds: null,
      accountId: user.accountId,
      creationKey: crypto.randomUUID(),
      ...options,
    };
    const made = await this.modules.tokens.create(form, { user, origin, ceiling: null });
    if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
    return { id: made.token.id, value: made.value };
  }

  async role(user: User, role: Role | null, accountId = user.accountId): Promise<void> {
    const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
    await this.modules.accounts.changeRole({ userId: user.id, accountId, role, origin });
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

/** On a database of its own of either engine. */
export async function startApiOn(
  engine: Storage['engine'],
  change: (config: Config) => Config = (config) => config,
): Promise<RunningApi> {
  const databaseUrl = engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
  return startApi((config) => change({ ...config, storage: { ...config.storage, databaseUrl } }));
}

export async function startApi(
  change: (config: Config) => Config = (config) => config,
): Promise<RunningApi> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-api-'));
  const config = change(readConfig({ env: {}, directory }));
  const time = { now: Date.UTC(2026, 10, 24) / 1000 };
  const cost = { memory: 8, passes: 1, parallelism: 1 };
  const passwords = createPasswordHasher({ randomBytes, cost });
  const modules = await openModules({
    config,
    clock: () => time.now,
    elapsed: () => time.now * 1000,
    passwords,
  });
  const api = createApi(apiContextOf(modules, modules.elapsed));
  const server = await createServer({
    config: config.server,
    logger: createLogger({ level: 'silent' }),
    tellFailure: api.tellFailure,
  });
  api.prepare(server);
  const none = (): never => {
    throw new Error('not in this test');
  };
  registerRoutes(server, api.routes, { api: api.guard, portal: none, operations: none });
  const base = await server.listen({ host: '127.0.0.1', port: 0 });
  const stop = async (): Promise<void> => {
    await server.close();
    await modules.close();
    await rm(directory, { recursive: true, force: true });
  };
  const document: Document = await (await fetch(`${base}/openapi.json`)).json();
  return new RunningApi({ modules, base, time, routes: api.routes, document, stop });
}
