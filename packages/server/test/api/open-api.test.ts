/** /openapi.json is valid, complete in both directions, and true of real answers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Compile } from 'typebox/compile';
import type { User } from '../../src/accounts/types.ts';
import type { Route } from '../../src/http/route.ts';
import { startApi, type Answer, type RunningApi } from '../support/api.ts';
import { approve, registerApp } from '../support/oauth.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<Record<string, Response>>;
}
interface Response {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** What a browser asks before an operation, and the protocol that clients discover by RFC 8414 instead. */
const isElsewhere = ({ method, path }: Route): boolean =>
  method === 'OPTIONS' || /^\/(oauth2|\.well-known)\//.test(path);

let api: RunningApi;
let document: Document;
let token: string;
let ada: User;
let ids: Readonly<Record<string, string>>;

before(async () => {
  const apps = { registration: 'everyone', mostPerUser: 1000 } as const;
  api = await startApi((config) => ({ ...config, apps }));
  ({ json: document } = await api.send('/openapi.json'));
  ada = await api.user('ada@example.com');
  const made = await api.token(ada);
  token = made.value;
  const [team] = (await api.send('/v2/teams', { token })).json;
  ids = { users: ada.id, accounts: ada.accountId, teams: team.id };
});
after(() => api.stop());

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      operation,
    })),
  );

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
  const names = new Set<string>();
  for (const { name, operation } of operations()) {
    assert.ok(operation.summary.length > 5, name);
    assert.equal(operation.tags.length, 1, name);
    assert.ok(!names.has(operation.operationId), operation.operationId);
    names.add(operation.operationId);
    const access = routes.get(name)?.access;
    const needed = access?.kind === 'bearer' ? [{ bearer: [...access.scopes] }] : undefined;
    assert.deepEqual(operation.security, needed, name);
  }
});

/** Components written out in place, and closed: an answer may hold nothing that is not documented. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  if ('$ref' in schema && typeof schema.$ref === 'string') {
    return closed(document.components.schemas[schema.$ref.split('/').at(-1) ?? '']);
  }
  const copy = Object.fromEntries(Object.entries(schema).map(([key, item]) => [key, closed(item)]));
  const isOpen = copy['additionalProperties'] !== undefined || copy['properties'] === undefined;
  return isOpen ? copy : { ...copy, additionalProperties: false };
}

function assertAsDocumented(name: string, answer: Answer): void {
  const operation = operations().find((item) => item.name === name)?.operation;
  const response = operation?.responses[String(answer.status)];
  assert.ok(response !== undefined, `${name} documents no ${answer.status}`);
  for (const header of Object.keys(response.headers ?? {})) {
    // The last page has no next one.
    const isThere = header === 'link' || answer.headers.has(header);
    assert.ok(isThere, `${name} ${answer.status} lacks ${header}`);
  }
  const schema = response.content?.['application/json']?.schema;
  if (schema === undefined) return assert.equal(answer.text, '', name);
  const checker = Compile(closed(schema) as object);
  const findings = [...checker.Errors(answer.json)];
  assert.deepEqual(findings, [], `${name} ${answer.status}: ${answer.text}`);
}

const BODIES: Readonly<Record<string, () => unknown>> = {
  'POST /v2/tokens': () => ({ description: 'd', scopes: ['asset.read'], expires_in: null }),
  'PATCH /v2/tokens/:id': () => ({ description: 'renamed' }),
  'POST /v2/tokens/:id/rotate': () => ({ overlap_seconds: 3600 }),
  'POST /v2/apps': () => ({ type: 'service', name: 'Render farm', scopes: ['asset.read'] }),
  'PATCH /v2/apps/:id': () => ({ name: 'Renamed' }),
};

/** An app that Ada registered and allowed, with the ids of its secret and grant. */
async function spareApp(): Promise<{ apps: string; grants: string; secret: string }> {
  const { app } = await registerApp(api.rooms, ada);
  await approve(api.rooms, { user: ada, app });
  const [secret] = await api.rooms.storage.secrets.ofApp(app.id);
  const key = { userId: ada.id, clientId: app.id, accountId: ada.accountId };
  const grant = await api.rooms.storage.grants.find(key);
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
  for (const { name, operation } of operations()) {
    const { id, value } = await spare();
    const { secret, ...made } = await spareApp();
    const known: Readonly<Record<string, string>> = { ...ids, ...made };
    const own = { id: known[name.split('/')[2] ?? ''] ?? id, secret };
    const good = await call(name, name === 'DELETE /v2/token' ? value : token, own);
    assert.ok(good.status < 300, `${name}: ${good.text}`);
    assertAsDocumented(name, good);
    if (operation.security === undefined) continue;
    assertAsDocumented(name, await call(name, undefined, own));
    if (!name.includes(':id')) continue;
    const absent = await call(name, token, { ...own, id: '000000000000' });
    assert.equal(absent.status, 404, name);
    assertAsDocumented(name, absent);
  }
});

test('the check of answers can fail', () => {
  const name = 'GET /health';
  const answer = { status: 200, headers: new Headers(), text: '{}' };
  assert.throws(() => assertAsDocumented(name, { ...answer, json: { status: 'bad' } }));
  assert.throws(() => assertAsDocumented(name, { ...answer, json: { status: 'ok', more: 1 } }));
  assert.throws(() => assertAsDocumented(name, { ...answer, json: {} }));
});
