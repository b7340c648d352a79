/** Nothing filters an answer on its way out, so what handlers make is compared here with what the document promises. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startApi, type RunningApi } from '../support/api.ts';

type Properties = Readonly<Record<string, { readonly enum?: readonly string[] }>>;

let api: RunningApi;
before(async () => {
  api = await startApi();
});
after(() => api.stop());

/** Every object in an answer that names its kind. */
function* kinds(value: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (typeof value !== 'object' || value === null) return;
  if ('_type' in value) yield { ...value };
  for (const item of Object.values(value)) yield* kinds(item);
}

/** Every shape in the document that names its kind, those within others included. */
function* shapes(value: unknown): Generator<Properties> {
  if (typeof value !== 'object' || value === null) return;
  const { properties } = value as { properties?: Properties };
  if (properties?.['_type'] !== undefined) yield properties;
  for (const item of Object.values(value)) yield* shapes(item);
}

test('answers hold exactly the fields that the document gives their kind', async () => {
  const ada = await api.user('ada@example.com');
  const { value: token } = await api.token(ada);
  const made = await api.send('/v2/tokens', {
    method: 'POST',
    token,
    body: { description: 'narrow', scopes: ['asset.read'], expires_in: 3600 },
  });
  assert.equal(made.status, 201);
  const { id } = made.json;
  const rotated = await api.send(`/v2/tokens/${id}/rotate`, {
    method: 'POST',
    token,
    body: { overlap_seconds: 0 },
  });
  assert.equal(rotated.status, 201);
  const account = `/v2/accounts/${ada.accountId}`;
  const paths = ['/v2/me', '/v2/token', '/v2/tokens', `/v2/tokens/${id}`, '/v2/accounts', account];
  const more = [`${account}/membership`, `${account}/teams`, `${account}/events`];
  const answers = [made.json, rotated.json];
  for (const path of [...paths, ...more]) {
    const { status, json } = await api.send(path, { token });
    assert.equal(status, 200, path);
    answers.push(json);
  }

  const document = (await api.send('/openapi.json')).json;
  const documented = [...shapes(document.components.schemas)];
  const found = [...kinds(answers)];
  assert.ok(found.length > 10);
  for (const object of found) {
    const keys = Object.keys(object).sort();
    const isDocumented = documented.some((properties) => {
      const isKind = properties['_type']?.enum?.includes(String(object['_type'])) === true;
      return isKind && keys.join() === Object.keys(properties).sort().join();
    });
    assert.ok(isDocumented, `no ${String(object['_type'])} has just ${keys.join(', ')}`);
  }
});
