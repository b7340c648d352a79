import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { openStorage } from '../../src/storage/storage.ts';
import { newApp } from '../storage/oauth-records.ts';
import { postForm } from '../support/oauth.ts';
import { until } from '../support/until.ts';
import { Gatehouse, type Server } from './gatehouse.ts';

const gatehouse = new Gatehouse();
let server: Server;
before(async () => {
  await gatehouse.user('ada@example.com');
  server = await gatehouse.serve();
});
after(() => gatehouse.remove());

interface Record {
  readonly id: string;
  readonly state: string;
  readonly scopes: readonly string[];
  readonly may_introspect: boolean;
  readonly client_secret?: string | null;
  readonly [key: string]: unknown;
}

const create = (...options: string[]) =>
  gatehouse.run(['app', 'create', 'ada@example.com', '--name', 'Render farm', ...options]);

async function created(...options: string[]): Promise<Record & { client_secret: string }> {
  const { code, stdout, stderr } = await create(...options, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const SERVICE = ['--type', 'service', '--scopes', 'asset.read'];

const tokenFor = ({ id, client_secret: secret }: { id: string; client_secret: string }) =>
  postForm(`${server.base}/oauth2/token`, { grant_type: 'client_credentials' }, { id, secret });

const statusOf = async (token: string): Promise<number> => {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${server.base}/v2/token`, { headers })).status;
};

test('nothing but the new secret is on standard output, and none of it elsewhere', async () => {
  const { code, stdout, stderr } = await create(...SERVICE);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^gate_cs_[0-9A-Za-z]{40,}\n$/);
  assert.match(
    stderr,
    /^App [0-9a-f-]{36} for ada@example\.com\. Its client secret is shown this once\.\n$/,
  );
  const id = /[0-9a-f-]{36}/.exec(stderr)?.[0] ?? '';
  const { status, json } = await tokenFor({ id, client_secret: stdout.trim() });
  assert.deepEqual([status, json.scope], [200, 'asset.read']);
  assert.doesNotMatch(await gatehouse.done(['app', 'list', '--json']), /gate_cs_|hash/);
});

test('a service beyond the role of its owner is refused, and the role is named', async () => {
  await gatehouse.user('vera@example.com');
  await gatehouse.done(['user', 'role', 'vera@example.com', 'viewer']);
  const asked = [
    'vera@example.com',
    '--name',
    'x',
    '--type',
    'service',
    '--scopes',
    'asset.delete',
  ];
  const { code, stderr } = await gatehouse.run(['app', 'create', ...asked]);
  assert.equal(code, 1);
  const words = "gatehouse: --scopes: The owner's role, viewer, does not allow asset.delete.\n";
  assert.equal(stderr, words);
});

test('a public app prints its client ID instead', async () => {
  const uris = ['--redirect-uri', 'http://localhost/cb', '--redirect-uri', 'com.example.app:/cb'];
  const scopes = ['--scopes', 'asset.read,offline', '--optional-scopes', 'offline'];
  const { code, stdout, stderr } = await create('--type', 'public', ...uris, ...scopes);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^[0-9a-f-]{36}\n$/);
  assert.match(stderr, /It has no secret/);
  // Apps of one second stand in any order.
  const apps = JSON.parse(await gatehouse.done(['app', 'list', '--json'])) as { id: string }[];
  const made = apps.find(({ id }) => id === stdout.trim());
  assert.partialDeepStrictEqual(made, {
    user_email: 'ada@example.com',
    redirect_uris: ['http://localhost/cb', 'com.example.app:/cb'],
    optional_scopes: ['offline'],
    allows_missing_pkce: false,
  });
});

test('a resource server needs no scopes and may ask about every token', async () => {
  const made = await created('--type', 'service', '--resource-server');
  assert.deepEqual([made.may_introspect, made.scopes], [true, []]);
  const { json } = await tokenFor(await created(...SERVICE));
  const answer = await postForm(
    `${server.base}/oauth2/introspect`,
    { token: json.access_token },
    { id: made.id, secret: made.client_secret },
  );
  assert.equal(answer.json.active, true);
  const open = ['--type', 'public', '--redirect-uri', 'http://localhost/cb', '--resource-server'];
  assert.match((await create(...open)).stderr, /no resource server/);
});

test('what cannot be registered is refused under the names of the options', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--type', 'service'], /--scopes: Choose at least one scope/],
    [['--type', 'service', '--scopes', 'asset.fly'], /--scopes: There is no scope asset\.fly/],
    [
      [...SERVICE, '--redirect-uri', 'https://x.example/'],
      /--redirect-uri: A service acts as itself/,
    ],
    [[...SERVICE, '--homepage', 'javascript:x'], /--homepage: Write a complete web address/],
    [[...SERVICE, '--legacy-without-pkce'], /--legacy-without-pkce: Only public apps/],
  ];
  for (const [options, reason] of cases) {
    const { code, stdout, stderr } = await create(...options);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.match(stderr, reason);
  }
  const { code } = await create('--type', 'robot');
  assert.equal(code, 2);
});

test('secrets are added, listed by id and revoked one by one', async () => {
  const made = await created(...SERVICE);
  const secret = (...args: string[]) => ['app', 'secret', ...args];
  const added = await gatehouse.run(secret('add', made.id));
  assert.match(added.stdout, /^gate_cs_\w+\n$/);
  assert.doesNotMatch(added.stderr, /gate_cs_/);
  const fresh = { id: made.id, client_secret: added.stdout.trim() };
  const [old, young] = [await tokenFor(made), await tokenFor(fresh)];
  assert.deepEqual([old.status, young.status], [200, 200]);
  const list: readonly { id: string }[] = JSON.parse(
    await gatehouse.done(secret('list', made.id, '--json')),
  );
  assert.equal(list.length, 2);
  const id = list.find((one) => made.client_secret.includes(one.id))?.id ?? '';
  assert.match(await gatehouse.done(secret('list', made.id)), /^ID +ADDED +LAST USED\n/);
  const revoked = await gatehouse.run(secret('revoke', made.id, id));
  assert.deepEqual([revoked.code, revoked.stdout], [0, '']);
  await until(async () => (await tokenFor(made)).json.error === 'invalid_client', 'its end');
  await until(async () => (await statusOf(old.json.access_token)) === 401, 'the end of its token');
  assert.equal(await statusOf(young.json.access_token), 200);
  assert.equal((await gatehouse.run(secret('revoke', made.id, id))).code, 1);
  const whole = await gatehouse.run(secret('revoke', made.id, fresh.client_secret));
  assert.equal(whole.code, 1);
  assert.match(whole.stderr, /no secret gate_cs_…/);
});

test('disable, enable and delete are followed by a running server', async () => {
  const made = await created(...SERVICE);
  const { json } = await tokenFor(made);
  const state = (act: string) => gatehouse.json(['app', act, made.id]);
  const follows = (status: number) =>
    until(async () => (await statusOf(json.access_token)) === status, String(status));
  assert.partialDeepStrictEqual(await state('disable'), { id: made.id, state: 'disabled' });
  await follows(401);
  assert.partialDeepStrictEqual(await state('enable'), { state: 'active' });
  await follows(200);
  assert.partialDeepStrictEqual(await state('delete'), { state: 'deleted' });
  await follows(401);
  for (const args of [
    ['app', 'delete', made.id],
    ['app', 'enable', 'x'],
    ['app', 'secret', 'add', made.id],
  ])
    assert.match((await gatehouse.run(args)).stderr, /^gatehouse: there is no app /);
});

test('an app is given to another user, and the secrets of before end as said', async () => {
  await gatehouse.user('heir@example.com');
  const service = await created(...SERVICE);
  const give = (id: string, ...options: string[]) =>
    gatehouse.run(['app', 'transfer', id, '--to', 'heir@example.com', ...options]);
  const given = await give(service.id, '--json');
  assert.equal(given.code, 0, given.stderr);
  assert.match(given.stderr, /^Its client secrets have ended\./);
  assert.equal(JSON.parse(given.stdout).user_email, 'heir@example.com');
  await until(async () => (await tokenFor(service)).json.error === 'invalid_client', 'its end');
  const other = await created(...SERVICE);
  const later = await give(other.id, '--overlap', '1');
  assert.match(later.stderr, /^Its client secrets end at \d{4}-.*Z\.\n$/);
  assert.equal((await tokenFor(other)).status, 200);
  assert.match((await give(other.id)).stderr, /is heir@example\.com's already/);
  assert.equal((await give(other.id, '--overlap', '169')).code, 2);
});

test('an app that nobody owns is listed, switched, given secrets and given away like any other', async () => {
  await gatehouse.user('finder@example.com');
  const storage = await openStorage({
    dataDirectory: join(gatehouse.directory, 'data'),
    databaseUrl: null,
    clock: () => 1_790_000_000,
  });
  const nobody = { ownerId: null, accountId: null, mayIntrospect: false };
  const finder = await storage.users.byEmail('finder@example.com');
  assert.ok(finder !== null);
  const { id } = newApp(finder, { ...nobody, name: 'Found app' });
  await storage.apps.insert(newApp(finder, { ...nobody, id, name: 'Found app' }));
  await storage.close();
  const list = await gatehouse.done(['app', 'list', '--search', 'Found']);
  assert.match(list, / active +web +nobody +0 +Found app\n$/);
  const records = await gatehouse.json(['app', 'list', '--search', 'Found']);
  assert.partialDeepStrictEqual(records, [
    { id, user_id: null, account_id: null, user_email: null },
  ]);
  const act = (...args: string[]) => gatehouse.json(['app', ...args]);
  assert.partialDeepStrictEqual(await act('disable', id), { state: 'disabled' });
  assert.partialDeepStrictEqual(await act('enable', id), { state: 'active' });
  assert.match(await gatehouse.done(['app', 'secret', 'add', id]), /^gate_cs_/);
  const given = await act('transfer', id, '--to', 'finder@example.com');
  assert.partialDeepStrictEqual(given, { id, user_email: 'finder@example.com' });
});

test('apps are listed for all, for one user and by name', async () => {
  await gatehouse.user('bob@example.com');
  const args = ['app', 'create', 'bob@example.com', '--name', 'Bob’s', ...SERVICE];
  await gatehouse.done(args);
  const text = await gatehouse.done(['app', 'list', '--user', 'bob@example.com']);
  assert.match(
    text,
    /^ID +STATE +TYPE +USER +CONNECTED +NAME\n.* active +service +bob@example\.com +0 +Bob’s\n$/,
  );
  assert.equal(
    JSON.parse(await gatehouse.done(['app', 'list', '--search', 'BOB', '--json'])).length,
    1,
  );
  assert.ok(JSON.parse(await gatehouse.done(['app', 'list', '--json'])).length > 1);
  await gatehouse.done(['user', 'suspend', 'bob@example.com']);
  assert.match((await gatehouse.run(args)).stderr, /is suspended/);
});
