/** /openapi.json is valid, complete in both directions, and true of real answers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { User } from '../../src/identity/types.ts';
import type { Route } from '../../src/http/route.ts';
import { startApi, type Answer, type RunningApi } from '../support/api.ts';
import type { Documented, Known } from '../support/documented.ts';
import { approve, registerApp } from '../support/oauth.ts';

/** What a browser asks before an operation, and the protocol that clients discover by RFC 8414 instead. */
const isElsewhere = ({ method, path }: Route): boolean =>
  method === 'OPTIONS' || /^\/(oauth2|\.well-known)\//.test(path);

let api: RunningApi;
let documented: Documented;
let token: string;
let ada: User;
let ids: Readonly<Record<string, string>>;

before(async () => {
  const apps = { registration: 'everyone', mostPerUser: 1000 } as const;
  api = await startApi((config) => ({ ...config, apps }));
  ({ documented } = api);
  ada = await api.user('ada@example.com');
  const made = await api.token(ada);
  token = made.value;
  const [team] = (await api.send('/v2/teams', { token })).json;
  ids = { users: ada.id, accounts: ada.accountId, teams: team.id };
});
after(() => api.stop());

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

const operations = () => documented.operations;

test('the public validator accepts it as OpenAPI 3.1', async () => {
  const { text } = await api.send('/openapi.json');
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(text));
  assert.ok(valid, JSON.stringify(errors, null, 2));
  assert.equal(validator.version, '3.1');
});

test('it has every route of the API and nothing else', () => {
  const documented = operations().map(({ name }) => name);
  const routes = api.routes.filter((route) => !isElsewhere(route)).map(nameOf);
  assert.deepEqual(
    routes.filter((name) => !documented.includes(name)),
    [],
    'routes that the document lacks: give them a schema with a tag',
  );
  assert.deepEqual(
    documented.filter((name) => !routes.includes(name)),
    [],
    'operations without a route',
  );
});

test('every operation says what it is, needs the scopes of its route, and has a name of its own', () => {
  const routes = new Map(api.routes.map((route) => [nameOf(route), route]));
  const tags = new Set(documented.document.tags.map(({ name }) => name));
  const names = new Set<string>();
  for (const { name, operation } of operations()) {
    assert.ok(operation.summary.length > 5, name);
    assert.ok(operation.description.length > 5, name);
    assert.equal(operation.tags.length, 1, name);
    assert.ok(tags.has(operation.tags[0] ?? ''), name);
    assert.ok(!names.has(operation.operationId), operation.operationId);
    names.add(operation.operationId);
    const access = routes.get(name)?.access;
    const isBearer = access?.kind === 'bearer';
    assert.deepEqual(operation.security, isBearer ? [{ bearer: [] }] : [], name);
    if (!isBearer) continue;
    assert.deepEqual(operation['x-required-scopes'], access.scopes, name);
    for (const scope of access.scopes) assert.match(operation.description, new RegExp(scope), name);
    const isForDevelopers = access.callers === 'developer-tokens';
    assert.equal(
      /Takes developer tokens; apps cannot/.test(operation.description),
      isForDevelopers,
    );
  }
  assert.deepEqual(Object.keys(documented.document.components.securitySchemes), ['bearer']);
});

test('every operation documents what its guard, its parsers and its validator can answer', () => {
  for (const { name, method, path, operation } of operations()) {
    const has = (status: number): boolean => operation.responses[String(status)] !== undefined;
    const isPublic = operation.security.length === 0;
    const always = isPublic ? [400] : [400, 401, 429, 500, 503];
    const body = isPublic || method === 'GET' ? [] : [413, 415];
    const { requestBody, parameters = [] } = operation;
    const isValidated = requestBody !== undefined || parameters.some((one) => one.in !== 'path');
    const missing = [...always, ...body, ...(isValidated ? [422] : [])].filter(
      (status) => !has(status),
    );
    assert.deepEqual([missing, has(404)], [[], !isPublic && name !== 'GET /v2/token'], name);
    for (const { description, name: parameter } of parameters)
      assert.ok((description ?? '').length > 5, `${path} ${parameter}`);
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      assert.ok(description.length > 3, `${name} ${status}`);
      assert.equal(content === undefined, status === '204', `${name} ${status}`);
    }
  }
});

test('scopes that were renamed are documented by the names that are compared', async () => {
  const other = await startApi((config) => ({
    ...config,
    scopes: config.scopes.map((scope) =>
      scope.name === 'team.read' ? { ...scope, name: 'teams.read', was: ['team.read'] } : scope,
    ),
  }));
  try {
    const teams = other.documented.find('GET', '/v2/teams')?.operation;
    assert.deepEqual(teams?.['x-required-scopes'], ['teams.read']);
    assert.match(teams.description, /`teams\.read`/);
  } finally {
    await other.stop();
  }
});

/** `send` has compared the rest. */
function assertHeaders({ name, operation }: Known, answer: Answer): void {
  // The last page has no next one, and a token that is good for the account may lack nothing.
  for (const header of Object.keys(operation.responses[String(answer.status)]?.headers ?? {}))
    assert.ok(header === 'link' || answer.headers.has(header), `${name}: ${header}`);
}

const BODIES: Readonly<Record<string, () => unknown>> = {
  'POST /v2/tokens': () => ({ description: 'd', scopes: ['asset.read'], expires_in: null }),
  'PATCH /v2/tokens/:id': () => ({ description: 'renamed' }),
  'POST /v2/tokens/:id/rotate': () => ({ overlap_seconds: 3600 }),
  'POST /v2/apps': () => ({ app_type: 'service', name: 'Render farm', scopes: ['asset.read'] }),
  'PATCH /v2/apps/:id': () => ({ name: 'Renamed' }),
};

/** An app that Ada registered and allowed, with the ids of its secret and grant. */
async function spareApp(): Promise<{ apps: string; grants: string; secret: string }> {
  const { app } = await registerApp(api.modules, ada);
  await approve(api.modules, { user: ada, app });
  const [secret] = await api.modules.storage.secrets.ofApp(app.id);
  const key = { userId: ada.id, clientId: app.id, accountId: ada.accountId };
  const grant = await api.modules.storage.grants.find(key);
  assert.ok(secret !== undefined && grant !== null);
  return { apps: app.id, grants: grant.id, secret: secret.id };
}

/** One token for each operation that ends or changes one. */
async function spare(): Promise<{ id: string; value: string }> {
  const body = BODIES['POST /v2/tokens']?.();
  const { json } = await api.send('/v2/tokens', { method: 'POST', token, body });
  return { id: json.id, value: json.token };
}

interface Target {
  readonly id: string;
  readonly secret: string;
}

async function call(name: string, bearer: string | undefined, at: Target): Promise<Answer> {
  const [method = '', path = ''] = name.split(' ');
  const body = BODIES[name]?.();
  return api.send(path.replace(':id', at.id).replace(':secret_id', at.secret), {
    method,
    token: bearer,
    ...(body !== undefined && { body }),
  });
}

test('every real answer is as documented: good, to a stranger, and of what is not there', async () => {
  for (const told of operations()) {
    const { name, operation } = told;
    const { id, value } = await spare();
    const { secret, ...made } = await spareApp();
    const known: Readonly<Record<string, string>> = { ...ids, ...made };
    const own = { id: known[name.split('/')[2] ?? ''] ?? id, secret };
    const good = await call(name, name === 'DELETE /v2/token' ? value : token, own);
    assert.ok(good.status < 300, `${name}: ${good.text}`);
    assertHeaders(told, good);
    if (operation.security.length === 0) continue;
    assertHeaders(told, await call(name, undefined, own));
    if (!name.includes(':id')) continue;
    const absent = await call(name, token, { ...own, id: '000000000000' });
    assert.equal(absent.status, 404, name);
    assertHeaders(told, absent);
  }
});

test('an answer that is not as documented is noticed', () => {
  const known = documented.find('GET', '/health');
  assert.ok(known !== undefined);
  const headers = new Headers({ 'content-type': 'application/json' });
  const check = (text: string, status = 200, more: Record<string, string> = {}): void =>
    documented.assertAnswer(known, {
      status,
      headers: new Headers([...headers, ...Object.entries(more)]),
      text,
    });
  check('{"status":"ok"}');
  for (const text of ['{"status":"bad"}', '{"status":"ok","more":1}', '{}'])
    assert.throws(() => check(text), assert.AssertionError);
  assert.throws(() => check('{"status":"ok"}', 201), /documents no 201/);
  assert.throws(() => check('{"status":"ok"}', 200, { 'retry-after': '1' }), /has retry-after/);
});
