/** One Gatehouse, a developer who registers the apps of strangers, and a user who signs in and answers the question. */
import assert from 'node:assert/strict';
import type { User } from '../../src/identity/types.ts';
import { registerApp, type Registered } from '../support/oauth.ts';
import {
  PASSWORD,
  startApp,
  type RunningApp,
  type RunningOptions,
} from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';

export const CALLBACK = 'https://client.example.com/callback';
export const SCOPES = ['account.read', 'offline'] as const;
export const SCOPE = SCOPES.join(' ');
export const USER = 'nell@example.com';

export type AppOptions = Parameters<typeof registerApp>[2];

export interface OAuthStage {
  readonly running: RunningApp;
  readonly base: string;
  register(options?: AppOptions): Promise<Registered>;
  /** Follows the link of an app in a browser of its own and signs in. */
  open(link: URL | string): Promise<WebVisitor>;
  /** Opens and allows; answers where the app is called back. */
  allow(link: URL | string): Promise<URL>;
  deny(link: URL | string): Promise<URL>;
  stop(): Promise<void>;
}

export async function openOAuthStage(options: RunningOptions = {}): Promise<OAuthStage> {
  const running = await startApp(options);
  const developer = await makeUser(running, 'dev@example.com');
  await makeUser(running, USER);
  return {
    running,
    base: running.base,
    register: (given = {}) => {
      const isService = given.type === 'service';
      const form = isService ? {} : { redirectUris: [CALLBACK], scopes: SCOPES };
      return registerApp(running.app, developer, { ...form, ...given });
    },
    open: (link) => open(running, link),
    allow: (link) => answer(running, link, 'allow'),
    deny: (link) => answer(running, link, 'deny'),
    stop: () => running.stop(),
  };
}

async function makeUser({ app }: RunningApp, email: string): Promise<User> {
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const form = { name: 'Nell New', email, password: PASSWORD, isOperator: false };
  const made = await app.accounts.createUser(form, origin);
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
  return made.user;
}

async function open(running: RunningApp, link: URL | string): Promise<WebVisitor> {
  const visitor = running.visitor();
  await visitor.get(String(link));
  await visitor.submit('/sign-in', { email: USER, password: PASSWORD });
  return visitor;
}

async function answer(running: RunningApp, link: URL | string, decision: string): Promise<URL> {
  const visitor = running.visitor();
  await visitor.get(String(link));
  const page = await visitor.submit('/sign-in', { email: USER, password: PASSWORD });
  // Asked for what was allowed before, the user is sent on at once.
  if (!page.url.startsWith(running.base)) return new URL(page.url);
  assert.equal(page.status, 200, page.text);
  const { url } = await visitor.submit('/oauth2/auth', { decision });
  assert.ok(!url.startsWith(`${running.base}/`), url);
  return new URL(url);
}

/** What every app wants first: whose token it is. */
export function assertIsUser(record: unknown): void {
  assert.ok(typeof record === 'object' && record !== null && 'email' in record);
  assert.equal(record.email, USER);
}
