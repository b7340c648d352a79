/** A whole server with people, apps and a clock of its own, attacked from outside. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { User } from '../../src/identity/types.ts';
import type { Config } from '../../src/config/config.ts';
import {
  basicOf,
  CALLBACK,
  postForm,
  registerApp,
  type Registered,
  type TokenAnswer,
} from '../support/oauth.ts';
import { PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';
import type { Page, WebVisitor } from '../support/visitor.ts';

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;

export interface Person {
  readonly user: User;
  readonly visitor: WebVisitor;
}

export interface PlaceOptions {
  readonly change?: (config: Config) => Config;
  readonly databaseUrl?: string;
}

export class Place {
  readonly running: RunningApp;
  /** Epoch seconds; tests may set it forward. */
  readonly time: { now: number };

  constructor(running: RunningApp, time: { now: number }) {
    this.running = running;
    this.time = time;
  }

  get base(): string {
    return this.running.base;
  }

  get modules() {
    return this.running.app;
  }

  async user(email = `${randomUUID()}@example.com`): Promise<User> {
    const form = { name: 'Ada Example', email, password: PASSWORD, isOperator: false };
    const made = await this.modules.accounts.createUser(form, origin);
    if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
    return made.user;
  }

  /** Somebody new in a browser of their own, signed in. */
  async person(): Promise<Person> {
    const user = await this.user();
    const visitor = this.running.visitor();
    await this.signIn(visitor, user);
    return { user, visitor };
  }

  async signIn(visitor: WebVisitor, { email }: User): Promise<Page> {
    if (visitor.page?.url.includes('/sign-in') !== true) await visitor.get('/sign-in');
    return visitor.submit('/sign-in', { email, password: PASSWORD });
  }

  /** A developer token of the user, made in the portal. */
  async developerToken(
    user: User,
    scopes: readonly string[],
  ): Promise<{ id: string; value: string }> {
    const made = await this.modules.tokens.create(
      {
        description: 'nightly export',
        scopes,
        lifeSeconds: null,
        accountId: user.accountId,
        creationKey: randomUUID(),
      },
      {
        user,
        origin: { source: 'portal', client: 'web', address: null, actorId: user.id },
        ceiling: null,
      },
    );
    if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
    return { id: made.token.id, value: made.value };
  }

  register(user: User, form: Parameters<typeof registerApp>[2] = {}): Promise<Registered> {
    return registerApp(this.modules, user, form);
  }

  token(
    fields: Readonly<Record<string, string>>,
    registered: Registered | null = null,
  ): Promise<TokenAnswer> {
    return this.ask('token', fields, registered);
  }

  /** A request to `/oauth2/…` as a client, or as nobody. */
  ask(
    endpoint: 'token' | 'revoke' | 'introspect',
    fields: Readonly<Record<string, string>>,
    registered: Registered | null = null,
  ): Promise<TokenAnswer> {
    const isPublic = registered?.secret === '';
    const named = isPublic ? { client_id: registered.app.id, ...fields } : fields;
    const basic =
      registered === null || isPublic
        ? undefined
        : { id: registered.app.id, secret: registered.secret };
    return postForm(`${this.base}/oauth2/${endpoint}`, named, basic);
  }

  async me(token: string): Promise<{ status: number; text: string; headers: Headers }> {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${this.base}/v2/me`, { headers });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }

  stop(): Promise<void> {
    return this.running.stop();
  }
}

export async function openPlace({ change, databaseUrl }: PlaceOptions = {}): Promise<Place> {
  const time = { now: Math.floor(Date.now() / 1000) };
  const running = await startApp({
    clock: () => time.now,
    ...(databaseUrl !== undefined && { env: { GATEHOUSE_DATABASE_URL: databaseUrl } }),
    change(config) {
      // Nobody here is about guessing passwords.
      const attempts = { windowSeconds: 900, perAccount: 10_000, perAddress: 10_000 };
      const roomy = { ...config, attempts, apps: { ...config.apps, mostPerUser: 1000 } };
      return change?.(roomy) ?? roomy;
    },
  });
  return new Place(running, time);
}

/** The path of an authorization request; `null` leaves a parameter out. */
export function requestOf(
  { app }: Registered,
  changes: Readonly<Record<string, string | null>> = {},
): string {
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: app.id,
    redirect_uri: CALLBACK,
    scope: 'account.read asset.read asset.create offline',
    state: 'a state & more',
  });
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  return `/oauth2/auth?${parameters.toString()}`;
}

/** What the client is sent; fails when the browser is not sent to it. */
export function answerIn({ url }: Pick<Page, 'url'>, callback = CALLBACK): URLSearchParams {
  assert.ok(url.startsWith(`${callback}${callback.includes('?') ? '&' : '?'}`), url);
  return new URL(url).searchParams;
}

export { basicOf, CALLBACK };
