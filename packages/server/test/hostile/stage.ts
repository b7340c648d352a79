/** A whole server of one engine, people of every kind on it, and a caller that writes whatever it is told to. */
import assert from 'node:assert/strict';
import type { User } from '../../src/identity/types.ts';
import type { Route } from '../../src/http/route.ts';
import { issueCsrf } from '../../src/http/csrf.ts';
import { deriveKeys } from '../../src/keys/keys.ts';
import type { EngineName } from '../storage/places.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { proveAt } from '../support/proved.ts';
import { Conversation, type RawAnswer } from '../support/raw-http.ts';
import { PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';

export interface Message {
  readonly method: string;
  /** Path and query, as they stand on the first line. */
  readonly target: string;
  /** In the order sent; names may repeat. Host and length come by themselves. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** What a caller proves about itself. */
export interface Credentials {
  readonly headers: readonly (readonly [string, string])[];
  /** For forms; empty without a session. */
  readonly csrf: string;
  /** Of a token of the caller's own, or of another person where an operator looks at people. */
  readonly id: string;
}

export class HostileStage {
  readonly running: RunningApp;
  readonly routes: readonly Route[];
  #wire: Conversation | null = null;
  #people = 0;
  #sessions = 0;

  constructor(running: RunningApp) {
    this.running = running;
    this.routes = running.app.routes;
  }

  /** As somebody whom the route lets in: what is behind the guard is to be reached. */
  /** `kind`: any number; sessions of the same one are alike. Without it they change by turns. */
  async credentialsFor({ access }: Pick<Route, 'access'>, kind?: number): Promise<Credentials> {
    if (access.kind === 'public') return { headers: [], csrf: '', id: 'x' };
    const user = await this.person(access.kind === 'operator');
    const token = await this.token(user);
    if (access.kind === 'bearer') return token;
    const id = access.kind === 'operator' ? (await this.person(false)).id : token.id;
    return { ...(await this.session(user, kind)), id };
  }

  async person(isOperator: boolean): Promise<User> {
    const email = `p${(this.#people += 1)}@example.com`;
    const form = { name: 'Ada Example', email, password: PASSWORD, isOperator };
    const made = await this.running.app.accounts.createUser(form, ORIGIN);
    if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
    return made.user;
  }

  async session(user: User, kind = (this.#sessions += 1)): Promise<Omit<Credentials, 'id'>> {
    const { app } = this.running;
    const browser = { address: '127.0.0.1', agent: 'Hostile/1.0', deviceToken: null };
    const signed = await app.accounts.signIn({ email: user.email, password: PASSWORD }, browser);
    if (signed.outcome !== 'signed-in') throw new Error(signed.outcome);
    const { session, token } = signed.started;
    // Every other one is of somebody without a password.
    if (kind % 2 === 0) await app.storage.users.update(user.id, { passwordHash: null });
    // And every third has to prove who they are.
    if (kind % 3 === 0) await proveAt(app.storage.sessions, user.id, LONG_AGO);
    const csrf = issueCsrf(deriveKeys(app.config.masterSecrets, 'csrf'), {
      sessionId: session.id,
      userId: user.id,
    });
    return { headers: [['Cookie', `gatehouse_session=${token}`]], csrf };
  }

  async token(user: User): Promise<Credentials> {
    const { tokens, catalogues } = this.running.app;
    const form = {
      description: 'hostile',
      scopes: catalogues.current().forTokens.map(({ name }) => name),
      lifeSeconds: null,
      accountId: user.accountId,
      creationKey: crypto.randomUUID(),
    };
    const made = await tokens.create(form, { user, origin: ORIGIN, ceiling: null });
    if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
    return { headers: [['Authorization', `Bearer ${made.value}`]], csrf: '', id: made.token.id };
  }

  /** Sends a message that is at least framed as HTTP, and judges the answer. */
  async send(message: Message): Promise<RawAnswer | null> {
    const { method, target, headers, body } = message;
    const length = Buffer.byteLength(body, 'latin1');
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const head = `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${lines}`;
    return this.exchange(`${head}Content-Length: ${length}\r\n\r\n${body}`);
  }

  /** Writes bytes and judges the first answer. */
  async exchange(bytes: string): Promise<RawAnswer | null> {
    // The answer before may have ended the connection: only a fresh one that says nothing is silence.
    const answer = (await this.#tell(bytes)) ?? (await this.#tell(bytes));
    if (answer !== null) this.judge(answer, bytes);
    // What overruns the head's limit is cut off while it is still being sent, and may never hear why.
    else
      assert.ok(headLength(bytes) > MOST_HEAD, `silence: ${JSON.stringify(bytes.slice(0, 2000))}`);
    return answer;
  }

  async #tell(bytes: string): Promise<RawAnswer | null> {
    this.#wire ??= await Conversation.open(this.running.base);
    this.#wire.write(bytes);
    const answer = await this.#wire.next();
    if (answer === null || answer.headers.get('connection') === 'close') {
      this.#wire.close();
      this.#wire = null;
    }
    return answer;
  }

  /** Never our fault, and never a look inside. */
  judge(answer: RawAnswer, sent: string): void {
    const harm = harmOf(answer, this.running.directory);
    // The log is long: it is searched only where there is something to tell.
    if (harm !== null)
      assert.fail(
        `${harm}: ${JSON.stringify(sent.slice(0, 2000))}\n→ ${answer.status} ${this.#failures().at(-1) ?? answer.body}`,
      );
  }

  /** The process answers, its database does, and nothing was logged as a failure of ours. */
  async assertHealthy(): Promise<void> {
    const { running } = this;
    const response = await fetch(`${running.base}/readyz`);
    assert.equal(response.status, 200);
    await response.text();
    assert.deepEqual(this.#failures(), []);
  }

  #failures(): readonly string[] {
    return this.running.log.filter((line) => /"level":(50|60)/.test(line));
  }

  /** What was logged as a failure of ours; the log is emptied, so that it does not grow for ever. */
  takeFailures(): readonly string[] {
    return this.running.takeLog().filter((line) => /"level":(50|60)|"status":5\d\d/.test(line));
  }

  async stop(): Promise<void> {
    this.#wire?.close();
    await this.running.stop();
  }
}

const MOST_HEAD = 16 * 1024;

const headLength = (bytes: string): number => bytes.indexOf('\r\n\r\n');

const LONG_AGO = 1_000_000_000;

const ORIGIN = { source: 'system', client: 'test', address: null, actorId: null } as const;

/** Frames of a stack, files of ours, words of a database. */
const INSIDE =
  /\n\s+at \S|node:internal|node_modules|packages\/server|src\/\w+\/[\w-]+\.ts|SQLITE_|SqliteError|kysely|invalid byte sequence|FST_ERR/;

/** What is wrong with an answer, or `null`. */
function harmOf(answer: RawAnswer, directory: string): string | null {
  if (answer.status < 200 || answer.status >= 500) return 'a status of a failure';
  const text = [...answer.headers.values(), answer.body].join('\n');
  const inside = INSIDE.exec(text)?.[0];
  if (inside !== undefined) return `a look inside (${inside})`;
  if (text.includes(directory)) return 'the directory of the data';
  if (answer.headers.has('x-injected')) return 'a header of the caller';
  if (answer.headers.get('set-cookie')?.includes('injected') === true)
    return 'a cookie of the caller';
  return null;
}

export async function openHostileStage(
  engine: EngineName,
  { trustedProxies = [] }: { readonly trustedProxies?: readonly string[] } = {},
): Promise<HostileStage> {
  const databaseUrl = engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
  const most = 1_000_000;
  const running = await startApp({
    change: (config) => ({
      ...config,
      server: { ...config.server, trustedProxies },
      storage: { ...config.storage, databaseUrl },
      attempts: { ...config.attempts, perAccount: most, perAddress: most },
      tokens: { ...config.tokens, mostPerUser: most },
      rateLimit: { requests: most, failures: most, windowSeconds: 60, changesPerDay: 1_000_000 },
    }),
  });
  return new HostileStage(running);
}
