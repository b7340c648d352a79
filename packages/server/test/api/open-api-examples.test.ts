/** The examples in /openapi.json: requests that the server takes, and answers that it could have sent. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Compile } from 'typebox/schema';
import { randomBytes } from '../../src/kit/random.ts';
import { mintCredential } from '../../src/oauth/tokens/format.ts';
import { ALL, startApi, type RunningApi } from '../support/api.ts';

let api: RunningApi;
let token: string;
before(async () => {
  const apps = { registration: 'everyone', mostPerUser: 1000 } as const;
  api = await startApi((config) => ({ ...config, apps }));
  token = (await api.token(await api.user('ada@example.com'), ALL)).value;
});
after(() => api.stop());

test('every body with a schema has an example that is valid, and that the server takes', async () => {
  let tried = 0;
  for (const { name, method, path, operation } of api.documented.operations) {
    const media = operation.requestBody?.content['application/json'];
    if (media === undefined) continue;
    const { schema, example } = media;
    const findings = Compile(api.documented.closed(schema) as object).Errors(example)[1];
    assert.deepEqual(findings, [], name);
    const answer = await api.send(path.replace(':id', await idFor(path)), {
      method,
      token,
      body: example,
    });
    assert.ok(answer.status < 300, `${name}: ${answer.text}`);
    tried += 1;
  }
  assert.ok(tried >= 5, String(tried));
});

async function idFor(path: string): Promise<string> {
  const isApp = path.startsWith('/v2/apps');
  const scopes = ['asset.read'];
  const body = isApp
    ? { app_type: 'service', name: 'Render farm', scopes }
    : { description: 'd', scopes, expires_in: null };
  const made = await api.send(isApp ? '/v2/apps' : '/v2/tokens', { method: 'POST', token, body });
  return made.json.id;
}

test('every answer with a body has an example that the server could have sent', () => {
  const { documented } = api;
  const unlike: string[] = [];
  for (const { name, operation } of documented.operations)
    for (const [status, { content }] of Object.entries(operation.responses)) {
      const media = content?.['application/json'];
      if (media === undefined) continue;
      const checker = Compile(documented.closed(media.schema) as object);
      if (!checker.Check(media.example))
        unlike.push(`${name} ${status}: ${JSON.stringify([...checker.Errors(media.example)])}`);
    }
  assert.deepEqual(unlike, []);
});

test('an example of a refusal has the status that it stands at, and each reason the words of the server', async () => {
  for (const { name, operation } of api.documented.operations)
    for (const [status, { content }] of Object.entries(operation.responses)) {
      if (Number(status) < 400) continue;
      const example = content?.['application/json']?.example as Refused | undefined;
      assert.equal(example?.code, Number(status), name);
      assert.ok(example.errors.length > 0, `${name} ${status}`);
    }
  const told = (path: string, status: number) =>
    api.documented.find('GET', path)?.operation.responses[status]?.content?.['application/json']
      ?.example as Refused;
  const detail = ({ errors }: Refused) => errors.map((error) => error.detail);
  const unknown = await api.send('/v2/me', { token: UNKNOWN });
  assert.deepEqual(detail(unknown.json), detail(told('/v2/me', 401)));
  const narrow = await api.token(await api.user('grace@example.com'), ['asset.read']);
  const withheld = await api.send('/v2/teams', { token: narrow.value });
  assert.deepEqual(detail(withheld.json), detail(told('/v2/teams', 403)));
  const missing = await api.send('/v2/tokens/x', { token });
  assert.deepEqual(missing.json, told('/v2/tokens/x', 404));
  const wrong = await api.send('/v2/tokens?page_size=101', { token });
  assert.deepEqual(wrong.json, told('/v2/tokens', 422));
});

interface Refused {
  readonly code: number;
  readonly errors: readonly { readonly detail: string }[];
}

/** Made here, and so of nobody. */
const UNKNOWN = mintCredential('gate', 'pat', randomBytes).value;

test('the ids in paths have a form and an example, and real ones are of that form', async () => {
  const { json: me } = await api.send('/v2/me', { token });
  const teams = await api.send('/v2/teams', { token });
  const app = await idFor('/v2/apps');
  const secrets = await api.send(`/v2/apps/${app}/secrets`, { token });
  const real: Readonly<Record<string, string>> = {
    user: me.id,
    account: me.account_id,
    team: teams.json[0].id,
    token: await idFor('/v2/tokens'),
    app,
    secret: secrets.json[0].id,
    // Made as those of users and apps are.
    grant: randomUUID(),
  };
  for (const { name, operation } of api.documented.operations)
    for (const { in: place, schema, example, description = '' } of operation.parameters ?? []) {
      if (place !== 'path') continue;
      const { pattern } = schema;
      assert.ok(typeof pattern === 'string', name);
      const form = new RegExp(pattern);
      assert.match(String(example), form, name);
      assert.match(real[/the id of the (\w+)/i.exec(description)?.[1] ?? ''] ?? '', form, name);
    }
});

test('every parameter with an example is taken with it', async () => {
  let tried = 0;
  for (const { name, path, operation } of api.documented.operations) {
    const { parameters = [] } = operation;
    const query = new URLSearchParams();
    for (const { name: parameter, in: place, schema, example } of parameters) {
      if (place !== 'query') continue;
      const [given] = example === undefined ? [schema['examples']].flat() : [example];
      if (given === undefined) continue;
      assert.ok(Compile(schema as object).Check(given), `${name} ${parameter}`);
      query.set(parameter, JSON.stringify(given));
    }
    if (query.size === 0 || path.includes(':id')) continue;
    const answer = await api.send(`${path}?${query}`, { token });
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    tried += 1;
  }
  assert.ok(tried >= 4, String(tried));
});
