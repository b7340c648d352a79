/** A server that is ended without warning between a code and its tokens, and in the middle of refreshes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { User } from '../../src/identity/types.ts';
import { openModules, type Modules } from '../../src/compose/modules.ts';
import { amount, randomOf, SEED, toldSeed } from '../support/chance.ts';
import { approve, basicOf, CALLBACK, registerApp, type Registered } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { newInstallation, type Installation } from './server-processes.ts';

const YAML = 'rate_limit:\n  requests: 1000000\n';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

type Told = Tokens | { readonly error: string };

/** `null`: the connection broke, and nobody knows what happened. */
async function ask(
  base: string,
  { app, secret }: Registered,
  body: Record<string, string>,
): Promise<Told | null> {
  try {
    const answer = await fetch(`${base}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: basicOf({ id: app.id, secret }) },
      body: new URLSearchParams(body),
    });
    return (await answer.json()) as Told;
  } catch (error) {
    // `fetch` says so when the connection breaks; half an answer is no JSON.
    if (error instanceof TypeError || error instanceof SyntaxError) return null;
    throw error;
  }
}

const isTokens = (told: Told | null): told is Tokens => told !== null && 'access_token' in told;

async function works(base: string, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${base}/v2/me`, { headers });
  await answer.body?.cancel();
  return answer.status === 200;
}

const random = randomOf(SEED);
const CLIENTS = 6;

async function start(modules: Modules): Promise<{ user: User; registered: Registered }> {
  const origin = { source: 'cli', client: 'cli/test', address: null, actorId: null } as const;
  const person = { name: 'Ada', email: 'ada@example.com', password: 'copper lantern drifting' };
  const made = await modules.accounts.createUser({ ...person, isOperator: false }, origin);
  if (made.outcome !== 'created') throw new Error(JSON.stringify(made));
  return { user: made.user, registered: await registerApp(modules, made.user) };
}

const exchangeBody = (code: string) => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: CALLBACK,
});
const refreshBody = (token: string) => ({ grant_type: 'refresh_token', refresh_token: token });

/** What one client went through before the server was gone. */
interface Story {
  readonly code: string;
  held: Tokens | null;
  /** A refresh token that was sent, and whose answer never came. */
  unanswered: string | null;
}

/** Exchanges and then refreshes, one after the other, until the server is gone. */
async function live(base: string, registered: Registered, story: Story): Promise<void> {
  const first = await ask(base, registered, exchangeBody(story.code));
  if (first === null) return;
  assert.ok(isTokens(first), JSON.stringify(first));
  story.held = first;
  for (;;) {
    const sent: string = story.held.refresh_token;
    const next = await ask(base, registered, refreshBody(sent));
    if (next === null) {
      story.unanswered = sent;
      return;
    }
    assert.ok(isTokens(next), JSON.stringify(next));
    story.held = next;
  }
}

/** What the client does when the server is back; answers how it ended. */
async function resume(base: string, registered: Registered, story: Story): Promise<string> {
  if (story.unanswered !== null) return resumeRefresh(base, registered, story.unanswered);
  const again = await ask(base, registered, exchangeBody(story.code));
  if (isTokens(again)) {
    assert.ok(await works(base, again.access_token));
    const twice = await ask(base, registered, exchangeBody(story.code));
    assert.deepEqual(twice !== null && 'error' in twice && twice.error, 'invalid_grant');
    return 'code exchanged by the second try';
  }
  // It was redeemed, and its tokens were lost with the answer.
  assert.equal(again !== null && 'error' in again && again.error, 'invalid_grant');
  return 'code refused cleanly';
}

/** Whether or not it was carried out: two more tries get one and the same successor. */
async function resumeRefresh(
  base: string,
  registered: Registered,
  sent: string,
): Promise<'refresh repeated'> {
  const one = await ask(base, registered, refreshBody(sent));
  const two = await ask(base, registered, refreshBody(sent));
  assert.ok(isTokens(one) && isTokens(two), JSON.stringify([one, two]));
  assert.equal(one.refresh_token, two.refresh_token);
  assert.equal(one.access_token, two.access_token);
  assert.ok(await works(base, one.access_token));
  const on = await ask(base, registered, refreshBody(one.refresh_token));
  assert.ok(isTokens(on), JSON.stringify(on));
  // From now on the old one is theft.
  const late = await ask(base, registered, refreshBody(sent));
  assert.equal(late !== null && 'error' in late && late.error, 'invalid_grant');
  assert.equal(await works(base, on.access_token), false);
  return 'refresh repeated';
}

/** Every other time in the middle of the first answers, else while everybody refreshes. */
async function moment(round: number, stories: readonly Story[]): Promise<void> {
  if (round % 2 === 1)
    await until(() => stories.every(({ held }) => held !== null), 'tokens for everybody');
  await delay(random() * 30);
}

async function killOften(installation: Installation, kills: number): Promise<Map<string, number>> {
  const { base, config } = installation;
  const ends = new Map<string, number>();
  // Another process on the same data, which asks the users.
  const modules = await openModules({ config });
  const { user, registered } = await start(modules);
  let stories: readonly Story[] = [];
  let next = installation.load();
  try {
    for (let round = 0; round <= kills; round++) {
      const server = next;
      await server.open();
      next = installation.load();
      for (const story of stories) {
        const end = await resume(base, registered, story);
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
      const codes: string[] = [];
      for (let turn = 0; turn < CLIENTS; turn++)
        codes.push(await approve(modules, { user, app: registered.app }));
      stories = codes.map((code) => ({ code, held: null, unanswered: null }));
      const living = stories.map((story) => live(base, registered, story));
      await moment(round, stories);
      await server.kill();
      await Promise.all(living);
    }
  } finally {
    await next.kill();
    await modules.close();
  }
  return ends;
}

test('on SQLite, a retry after the crash succeeds or is refused cleanly, and nothing is given twice', async (context) => {
  context.diagnostic(toldSeed);
  const installation = await newInstallation(YAML);
  try {
    const ends = await killOften(installation, amount(3, { long: 100 }));
    assert.ok((ends.get('refresh repeated') ?? 0) > 0, JSON.stringify([...ends]));
  } finally {
    await installation.remove();
  }
});

test('on PostgreSQL too', async () => {
  const GATEHOUSE_DATABASE_URL = await (await sharedPostgres()).createMigrated();
  const installation = await newInstallation(YAML, { GATEHOUSE_DATABASE_URL });
  try {
    const ends = await killOften(installation, amount(2, { long: 16 }));
    assert.ok(ends.size > 0);
  } finally {
    await installation.remove();
  }
});
