/** One rule for what people type and others read, by every way in, on both databases. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/identity/types.ts';
import { sharedPostgres } from '../support/postgres.ts';
import { PASSWORD, signUp, startApp, type RunningApp } from '../support/running-app.ts';
import { GOOD } from './app-people.ts';
import type { Fields, Page, WebVisitor } from '../support/visitor.ts';

const PEOPLE = ['علی\u200cرضا', 'The 👨‍👩‍👧‍👦 family', '山田　太郎', '葛\u{e0100}城'];
const UNSEEN = [
  '\u3164',
  '\u2063',
  'a\u2060b',
  'a\u202eb',
  'a\u2067b',
  '\u2800',
  `Z${'\u0301'.repeat(40)}`,
];
const IMITATIONS = ['Gatehouse', 'gate house', 'Gаtehоuse', '𝐆𝐚𝐭𝐞𝐡𝐨𝐮𝐬𝐞'];
const FAULT = /Leave out the invisible|Use at least one letter|accents on a letter/;
const IMITATION = /This is what this site is called/;

for (const engine of ['sqlite', 'postgres'] as const) describe(engine, () => suite(engine));

function suite(engine: 'sqlite' | 'postgres'): void {
  let running: RunningApp;
  let ada: WebVisitor;
  let user: User;
  let token: string;

  before(async () => {
    const databaseUrl =
      engine === 'sqlite' ? null : await (await sharedPostgres()).createMigrated();
    const roomy = { windowSeconds: 900, perAccount: 10_000, perAddress: 10_000 };
    running = await startApp({
      change: (config) => ({
        ...config,
        storage: { ...config.storage, databaseUrl },
        attempts: roomy,
        tokens: { ...config.tokens, mostPerUser: 1000 },
        apps: { ...config.apps, mostPerUser: 1000 },
        rateLimit: {
          requests: 10_000,
          failures: 10_000,
          windowSeconds: 60,
          changesPerDay: 1_000_000,
        },
      }),
    });
    // The first to sign up is the operator, who names the apps of the site itself.
    await signUp(running, 'operator@example.com');
    ada = await signUp(running, 'ada@example.com');
    const found = await running.app.storage.users.byEmail('ada@example.com');
    assert.ok(found !== null);
    user = found;
    token = await makeToken();
  });
  after(() => running.stop());

  async function makeToken(): Promise<string> {
    const scopes = running.app.catalogues.current().forTokens.map(({ name }) => name);
    const form = { description: 'all', scopes, lifeSeconds: null, accountId: user.accountId };
    const origin = { source: 'portal', client: 'web', address: null, actorId: user.id } as const;
    const creationKey = crypto.randomUUID();
    const made = await running.app.tokens.create(
      { ...form, creationKey },
      { user, origin, ceiling: null },
    );
    assert.ok(made.outcome === 'created');
    return made.value;
  }

  async function api(
    method: string,
    path: string,
    body: object,
  ): Promise<{ status: number; text: string }> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(running.base + path, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text() };
  }

  async function submit(
    visitor: WebVisitor,
    page: string,
    [action, fields]: readonly [string, Fields],
  ): Promise<Page> {
    await visitor.get(page);
    return visitor.submit(action, fields);
  }

  const app = {
    app_type: 'web',
    name: 'Fine',
    scopes: ['asset.read'],
    redirect_uris: ['https://app.example.com/cb'],
  };
  const appForm = (fields: Fields): readonly [string, Fields] => ['/apps', { ...GOOD, ...fields }];
  const profile = (fields: Fields): readonly [string, Fields] => [
    '/account/profile',
    { name: 'Ada', bio: '', location: '', ...fields },
  ];
  let count = 0;

  /** Every way in, by what it is given. */
  const WAYS: Readonly<
    Record<
      string,
      { isIdentity?: true; send: (text: string) => Promise<{ status: number; text: string }> }
    >
  > = {
    'sign-up': {
      isIdentity: true,
      send: (name) =>
        running
          .visitor()
          .post('/sign-up', { name, email: `p${(count += 1)}@example.com`, password: PASSWORD }),
    },
    'profile: name': {
      isIdentity: true,
      send: (name) => submit(ada, '/account', profile({ name })),
    },
    'profile: bio': { send: (bio) => submit(ada, '/account', profile({ bio })) },
    'profile: location': { send: (location) => submit(ada, '/account', profile({ location })) },
    'new app: name': {
      isIdentity: true,
      send: (name) => submit(ada, '/apps/new', appForm({ name })),
    },
    'new app: description': {
      send: (description) => submit(ada, '/apps/new', appForm({ description })),
    },
    'new app by API': {
      isIdentity: true,
      send: (name) => api('POST', '/v2/apps', { ...app, name }),
    },
    'description of an app by API': {
      send: (description) => api('POST', '/v2/apps', { ...app, description }),
    },
    'changed app by API': { isIdentity: true, send: changeApp },
    'new token': {
      send: (description) =>
        submit(ada, '/tokens/new', [
          '/tokens',
          { description, expires_in: '30', scope: 'asset.read' },
        ]),
    },
    'new token by API': {
      send: (description) =>
        api('POST', '/v2/tokens', { description, scopes: ['asset.read'], expires_in: 60 }),
    },
    'changed token by API': { send: changeToken },
  };

  async function changeApp(name: string): Promise<{ status: number; text: string }> {
    const made: unknown = JSON.parse((await api('POST', '/v2/apps', app)).text);
    return api('PATCH', `/v2/apps/${idOf(made)}`, { name });
  }

  async function changeToken(description: string): Promise<{ status: number; text: string }> {
    const form = { description: 'fine', scopes: ['asset.read'], expires_in: 60 };
    const made: unknown = JSON.parse((await api('POST', '/v2/tokens', form)).text);
    return api('PATCH', `/v2/tokens/${idOf(made)}`, { description });
  }

  for (const [name, { isIdentity, send }] of Object.entries(WAYS)) {
    test(`${name}: names of people pass, what cannot be seen does not`, async () => {
      for (const text of PEOPLE) {
        const answer = await send(text);
        assert.ok(answer.status < 300, `${text} ${answer.status} ${answer.text.slice(0, 500)}`);
      }
      for (const text of UNSEEN) {
        const answer = await send(text);
        assert.equal(answer.status, 422, JSON.stringify(text));
        assert.match(answer.text, FAULT, JSON.stringify(text));
      }
      for (const text of IMITATIONS) {
        const answer = await send(text);
        assert.equal(
          IMITATION.test(answer.text),
          isIdentity === true,
          `${text} ${answer.text.slice(0, 300)}`,
        );
      }
    });
  }

  test('what was accepted comes back as it was typed', async () => {
    for (const name of PEOPLE) {
      await submit(ada, '/account', profile({ name }));
      const stored = await running.app.storage.users.byEmail('ada@example.com');
      assert.equal(stored?.name, name);
    }
  });

  test('an app of before the rule is changed without being renamed, and not renamed to the same fault', async () => {
    const { id } = await insertOldApp();
    assert.equal(
      (await api('PATCH', `/v2/apps/${id}`, { homepage_url: 'https://app.example.com' })).status,
      200,
    );
    assert.equal((await api('PATCH', `/v2/apps/${id}`, { name: 'Gаtehouse' })).status, 422);
  });

  async function insertOldApp(): Promise<{ id: string }> {
    const made: unknown = JSON.parse((await api('POST', '/v2/apps', app)).text);
    const id = idOf(made);
    const { apps } = running.app.storage;
    const stored = await apps.byId(id);
    assert.ok(stored !== null);
    await apps.update(id, { ...stored, name: 'Gate\u2060house' }, stored.updatedAt);
    return { id };
  }
}

function idOf(made: unknown): string {
  assert.ok(typeof made === 'object' && made !== null && 'id' in made, JSON.stringify(made));
  return String(made.id);
}
