/** Many requests of one user or client delay nobody else's: shown by what is answered while they are held up, not by time. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import type { User } from '../../src/identity/types.ts';
import {
  createPasswordHasher,
  type PasswordHasher,
} from '../../src/identity/authentication/password.ts';
import { randomBytes } from '../../src/kit/random.ts';
import { until } from '../support/until.ts';
import { newId } from '../../src/kit/ids.ts';
import { ENGINES } from '../storage/places.ts';
import { registerApp } from '../support/oauth.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { PASSWORD, startApp, type RunningApp } from '../support/running-app.ts';
import type { WebVisitor } from '../support/visitor.ts';
import { addToken } from './token.ts';

const PARALLEL = 40;
/** As many as may wait for their passwords to be hashed, and two that are. */
const SIGN_INS = 66;

interface Person {
  readonly user: User;
  readonly token: string;
  readonly app: { readonly id: string; readonly basic: string };
}

let running: RunningApp;

async function start(
  databaseUrl: string | null,
  options: { readonly passwords?: PasswordHasher } = {},
): Promise<void> {
  running = await startApp({
    ...options,
    change: (config) => ({
      ...config,
      storage: { ...config.storage, databaseUrl, poolSize: 4 },
      server: { ...config.server, trustedProxies: ['loopback'] },
      attempts: { ...config.attempts, perAddress: 1000 },
      rateLimit: { ...config.rateLimit, requests: 10 * PARALLEL },
    }),
  });
}

async function addPerson(): Promise<Person> {
  const { storage } = running.app;
  const email = `${newId()}@example.com`;
  const { value: token } = await addToken(running.app, email);
  const found = await storage.users.byEmail(email);
  if (found === null) throw new Error('the person was not made');
  await storage.users.update(found.id, { emailVerifiedAt: 1 });
  const user = { ...found, emailVerifiedAt: 1 };
  const { app, secret } = await registerApp(running.app, user, { type: 'service' });
  const basic = Buffer.from(`${app.id}:${secret}`).toString('base64');
  return { user, token, app: { id: app.id, basic } };
}

async function statusOf(path: string, request: RequestInit): Promise<number> {
  const answer = await fetch(running.base + path, { redirect: 'manual', ...request });
  await answer.text();
  return answer.status;
}

const get = ({ token }: Person, path: string): Promise<number> =>
  statusOf(path, { headers: { authorization: `Bearer ${token}` } });

const makeToken = ({ token }: Person): Promise<number> =>
  statusOf('/v2/tokens', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ description: newId(), scopes: ['asset.read'], expires_in: null }),
  });

const askForToken = ({ app }: Person): Promise<number> =>
  statusOf('/oauth2/token', {
    method: 'POST',
    headers: { authorization: `Basic ${app.basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });

async function signIn({ user }: Person): Promise<WebVisitor> {
  const visitor = running.visitor();
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { email: user.email, password: PASSWORD });
  await visitor.get('/account');
  return visitor;
}

/** A wrong password from a network that others do not use. */
const guess = (email: string): Promise<number> =>
  statusOf('/sign-in', {
    method: 'POST',
    headers: { 'x-forwarded-for': '203.0.113.7', origin: running.base },
    body: new URLSearchParams({ email, password: 'not it, surely' }),
  });

async function saveProfile(visitor: WebVisitor, { user }: Person): Promise<number> {
  const fields = { ...visitor.hidden('/account/profile'), name: newId(), email: user.email };
  const body = new URLSearchParams(fields);
  return (await visitor.send('POST', '/account/profile', { body })).status;
}

const manyOf = (ask: () => Promise<number>): Promise<readonly number[]> =>
  Promise.all(Array.from({ length: PARALLEL }, ask));

/** Everything that somebody else may want. */
async function assertServed(other: Person, visitor: WebVisitor): Promise<void> {
  assert.equal(await makeToken(other), 201);
  assert.equal(await askForToken(other), 200);
  assert.equal(await get(other, '/v2/token'), 200);
  assert.equal(await get(other, '/v2/tokens'), 200);
  assert.equal(await saveProfile(visitor, other), 303);
}

/** Keeps rows or tables locked from another connection. Answers how to let go. */
async function hold(statement: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: running.app.config.storage.databaseUrl ?? '' });
  await client.connect();
  await client.query('begin');
  await client.query(statement);
  return () => client.end();
}

interface Busy {
  readonly name: string;
  /** What the requests wait for, as SQL. */
  readonly held: (person: Person) => string;
  readonly ask: (person: Person, visitor: WebVisitor) => Promise<number>;
  readonly status: number;
}

const userRow = ({ user }: Person): string =>
  `select from users where id = '${user.id}' for update`;

const BUSY: readonly Busy[] = [
  { name: 'tokens made by API', held: userRow, ask: makeToken, status: 201 },
  {
    name: 'forms of the portal',
    held: userRow,
    ask: (person, visitor) => saveProfile(visitor, person),
    status: 303,
  },
  {
    name: 'token requests of one client',
    held: ({ app }) => `select from apps where id = '${app.id}' for update`,
    ask: askForToken,
    status: 200,
  },
  {
    name: 'lists',
    held: () => 'lock table grants in access exclusive mode',
    ask: (person) => get(person, '/v2/grants'),
    status: 200,
  },
  {
    name: 'pages',
    held: () => 'lock table grants in access exclusive mode',
    ask: async (_person, visitor) => (await visitor.send('GET', '/connections', {})).status,
    status: 200,
  },
];

describe('on PostgreSQL', () => {
  before(async () => start(await (await sharedPostgres()).createDatabase()));
  after(() => running.stop());

  for (const { name, held, ask, status } of BUSY)
    test(`while ${PARALLEL} ${name} are held up, others are served`, async () => {
      const [busy, other] = [await addPerson(), await addPerson()];
      const [visitor, stranger] = [await signIn(busy), await signIn(other)];
      const release = await hold(held(busy));
      const many = manyOf(() => ask(busy, visitor));
      try {
        await assertServed(other, stranger);
      } finally {
        await release();
      }
      assert.deepEqual(new Set(await many), new Set([status]));
    });

  test('while the introspection of one token is held up, another of the same client is answered', async () => {
    const { app, token } = await addPerson();
    const ask = async (path: string, fields: Record<string, string>) => {
      const headers = { authorization: `Basic ${app.basic}` };
      const body = new URLSearchParams(fields);
      return (await fetch(running.base + path, { method: 'POST', headers, body })).json();
    };
    const { access_token: own } = await ask('/oauth2/token', { grant_type: 'client_credentials' });
    running.app.readers.dropEverything();
    const release = await hold('lock table developer_tokens in access exclusive mode');
    const state = { isHeld: true };
    const held = manyOf(async () => {
      await ask('/oauth2/introspect', { token });
      assert.equal(state.isHeld, false);
      return 0;
    });
    try {
      assert.equal((await ask('/oauth2/introspect', { token: own })).active, true);
    } finally {
      state.isHeld = false;
      await release();
    }
    await held;
  });
});

describe('on SQLite', () => {
  before(() => start(null));
  after(() => running.stop());

  test(`among ${PARALLEL} writes of one user that are held up, others are checked, and write before most of them`, async () => {
    const [busy, other] = [await addPerson(), await addPerson()];
    for (const person of [busy, other]) assert.equal(await get(person, '/v2/token'), 200);
    const database = new DatabaseSync(
      join(running.app.config.storage.dataDirectory, 'gatehouse.db'),
    );
    database.exec('begin immediate');
    const answered: string[] = [];
    const write = async (name: string, person: Person): Promise<void> => {
      assert.equal(await makeToken(person), 201);
      answered.push(name);
    };
    const many = Array.from({ length: PARALLEL }, () => write('busy', busy));
    const all = Promise.all([...many, write('other', other)]);
    try {
      assert.equal(await get(other, '/v2/token'), 200);
    } finally {
      database.close();
    }
    await all;
    assert.ok(answered.indexOf('other') < PARALLEL / 4, answered.join(' '));
  });
});

for (const engine of ENGINES)
  describe(`on ${engine}, with passwords that take long`, () => {
    before(async () =>
      start(engine === 'sqlite' ? null : await (await sharedPostgres()).createDatabase(), {
        passwords: createPasswordHasher({ randomBytes }),
      }),
    );
    after(() => running.stop());

    test(`${engine}: among ${SIGN_INS} sign-ins of one network, somebody from another is let in before most of them`, async () => {
      const other = await addPerson();
      const visitor = running.visitor();
      visitor.headers['x-forwarded-for'] = '198.51.100.7';
      await visitor.get('/sign-in');
      let refused = 0;
      const flood = Array.from({ length: SIGN_INS }, async () => {
        const status = await guess(`${newId()}@example.com`);
        refused += 1;
        return status;
      });
      await until(() => running.app.passwords.waiting > SIGN_INS / 2, 'passwords that wait');
      await visitor.submit('/sign-in', { email: other.user.email, password: PASSWORD });
      assert.ok(visitor.cookies.has('gatehouse_session'));
      assert.ok(refused < SIGN_INS / 2, `${refused} came first`);
      assert.deepEqual(new Set(await Promise.all(flood)), new Set([422]));
    });
  });

for (const engine of ENGINES)
  test(`on ${engine}, ${SIGN_INS} sign-ins at once from one network are all answered`, async () => {
    await start(engine === 'sqlite' ? null : await (await sharedPostgres()).createDatabase());
    try {
      const people = await Promise.all(Array.from({ length: SIGN_INS }, addPerson));
      const visitors = await Promise.all(people.map(signIn));
      assert.ok(visitors.every(({ cookies }) => cookies.has('gatehouse_session')));
    } finally {
      await running.stop();
    }
  });
