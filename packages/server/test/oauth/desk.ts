/** The token endpoint over real storage, asked directly, as two processes on one database would be. */
import { mkdtemp, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPasswordHasher } from '../../src/identity/authentication/password.ts';
import type { User } from '../../src/identity/types.ts';
import { readConfig } from '../../src/config/read.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { OAuthError, type Reason } from '../../src/oauth/error.ts';
import { answerTokenRequest } from '../../src/oauth/grants/pipeline.ts';
import type { Issued } from '../../src/oauth/tokens/issue.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import { approve, basicOf, registerApp, type Approval, type Registered } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';

export const ENGINES = ['sqlite', 'postgres'] as const;

export interface Desk {
  readonly modules: Modules;
  /** Another process on the same database. */
  readonly other: Modules;
  /** Epoch seconds; tests may set it forward. */
  readonly time: { now: number };
  user(): Promise<User>;
  close(): Promise<void>;
}

const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
const cheap = { memory: 8, passes: 1, parallelism: 1 };

export async function openDesk(engine: (typeof ENGINES)[number]): Promise<Desk> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-oauth-'));
  const databaseUrl = engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
  const env = databaseUrl === null ? {} : { GATEHOUSE_DATABASE_URL: databaseUrl };
  const config = readConfig({ env, directory });
  const time = { now: Date.UTC(2026, 10, 24) / 1000 };
  const passwords = createPasswordHasher({ randomBytes, cost: cheap });
  const open = () => openModules({ config, clock: () => time.now, passwords });
  const modules = await open();
  const other = await open();
  return {
    modules,
    other,
    time,
    async user() {
      const form = { name: 'Ada Example', password: 'copper lantern drifting north' };
      const email = `${randomUUID()}@example.com`;
      const made = await modules.accounts.createUser({ ...form, email, isOperator: false }, origin);
      if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
      return made.user;
    },
    async close() {
      await modules.close();
      await other.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type Outcome = Issued | { readonly refused: Reason };

/** One request to the token endpoint of one process. */
export async function ask(
  modules: Modules,
  { app, secret }: Registered,
  body: Readonly<Record<string, string | readonly string[]>>,
): Promise<Outcome> {
  const isPublic = secret === '';
  try {
    const { issued } = await answerTokenRequest(modules.authorization.tokenEndpoint, {
      authorization: isPublic ? undefined : basicOf({ id: app.id, secret }),
      body: isPublic ? { client_id: app.id, ...body } : body,
      caller: { address: '127.0.0.1', agent: 'test' },
      now: modules.clock(),
    });
    return issued;
  } catch (error) {
    if (error instanceof OAuthError) return { refused: error.reason };
    throw error;
  }
}

export const isIssued = (outcome: Outcome): outcome is Issued => 'accessToken' in outcome;

/** A user, an app of theirs, and a code for it. */
export async function start(
  desk: Desk,
  form: Parameters<typeof registerApp>[2] = {},
  approval: Approval = {},
): Promise<{ user: User; registered: Registered; code: string }> {
  const user = await desk.user();
  const registered = await registerApp(desk.modules, user, form);
  const code = await approve(desk.modules, { user, app: registered.app }, approval);
  return { user, registered, code };
}

/** The same, exchanged. */
export async function connect(
  desk: Desk,
  form: Parameters<typeof registerApp>[2] = {},
): Promise<{ user: User; registered: Registered; issued: Issued; refresh: string }> {
  const { user, registered, code } = await start(desk, form);
  const body = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: 'https://app.example.com/callback',
  };
  const issued = await ask(desk.modules, registered, body);
  if (!isIssued(issued)) throw new Error(JSON.stringify(issued));
  return { user, registered, issued, refresh: issued.refreshToken ?? '' };
}

export const refreshBody = (refresh: string, more: Record<string, string> = {}) => ({
  grant_type: 'refresh_token',
  refresh_token: refresh,
  ...more,
});
