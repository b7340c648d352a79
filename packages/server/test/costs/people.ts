/** People on a quiet server, each with a session, a token, an app with a secret, and a connected app. */
import { randomUUID } from 'node:crypto';
import type { User } from '../../src/identity/types.ts';
import type { App } from '../../src/apps/types.ts';
import type { Config } from '../../src/config/config.ts';
import { issueCsrf } from '../../src/http/csrf.ts';
import { deriveKeys } from '../../src/keys/keys.ts';
import type { EngineName } from '../storage/places.ts';
import { approve, registerApp } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';

export interface Person {
  readonly user: User;
  /** Signed in a moment ago. */
  readonly visitor: WebVisitor;
  readonly sessionId: string;
  readonly csrf: string;
}

export interface Stage {
  readonly running: RunningApp;
  readonly time: { now: number };
  person(given?: { readonly isOperator?: boolean; readonly email?: string }): Promise<Person>;
}

const MANY = 1_000_000;

/** Where no limit but those under test is met. */
export async function openCostStage(
  engine: EngineName,
  change: (config: Config) => Config = (config) => config,
): Promise<Stage> {
  const databaseUrl = engine === 'sqlite' ? null : await (await sharedPostgres()).createDatabase();
  const time = { now: Date.UTC(2026, 10, 24) / 1000 };
  const running = await startApp({
    isQuiet: true,
    clock: () => time.now,
    change: (config) =>
      change({
        ...config,
        storage: { ...config.storage, databaseUrl },
        attempts: { ...config.attempts, perAccount: MANY, perAddress: MANY },
        tokens: { ...config.tokens, mostPerUser: MANY },
        apps: { ...config.apps, mostPerUser: MANY },
        rateLimit: { ...config.rateLimit, requests: MANY, changesPerDay: MANY },
      }),
  });
  return {
    running,
    time,
    person: async ({ isOperator = false, email = `${randomUUID()}@example.com` } = {}) => {
      const form = { name: 'Ada Example', email, password: PASSWORD, isOperator };
      const made = await running.app.accounts.createUser(form, ORIGIN);
      if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
      return { user: made.user, ...(await signIn(running, made.user)) };
    },
  };
}

export const ORIGIN = {
  source: 'system',
  client: 'test',
  address: null,
  actorId: null,
} as const;

export async function signIn(running: RunningApp, user: User): Promise<Omit<Person, 'user'>> {
  const { app } = running;
  const browser = { address: '127.0.0.1', agent: 'Test/1.0', deviceToken: null };
  const signed = await app.accounts.signIn({ email: user.email, password: PASSWORD }, browser);
  if (signed.outcome !== 'signed-in') throw new Error(signed.outcome);
  const { session, token } = signed.started;
  const visitor = running.visitor();
  visitor.cookies.set('gatehouse_session', token);
  const keys = deriveKeys(app.config.masterSecrets, 'csrf');
  const csrf = issueCsrf(keys, { sessionId: session.id, userId: user.id });
  return { visitor, sessionId: session.id, csrf };
}

export async function makeToken(
  { app }: RunningApp,
  user: User,
): Promise<{ readonly id: string; readonly value: string }> {
  const form = {
    description: 'nightly export',
    scopes: app.catalogues.current().forTokens.map(({ name }) => name),
    lifeSeconds: null,
    accountId: user.accountId,
    creationKey: randomUUID(),
  };
  const made = await app.tokens.create(form, { user, origin: ORIGIN, ceiling: null });
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
  return { id: made.token.id, value: made.value };
}

/** An app of one person, allowed by another. */
export async function connect(
  { app: modules }: RunningApp,
  { owner, user }: { readonly owner: User; readonly user: User },
): Promise<{
  readonly app: App;
  readonly secret: string;
  readonly grantId: string;
  readonly code: string;
}> {
  const { app, secret } = await registerApp(modules, owner);
  const code = await approve(modules, { user, app });
  const key = { userId: user.id, clientId: app.id, accountId: user.accountId };
  const grant = await modules.storage.grants.find(key);
  if (grant === null) throw new Error('no grant was made');
  return { app, secret, code, grantId: grant.id };
}
