/** A body that says it is something else than its endpoint reads is told so, and which type to send. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Route } from '../../src/http/route.ts';
import { ALL, startApi, type RunningApi } from '../support/api.ts';

let api: RunningApi;
let token: string;
before(async () => {
  api = await startApi();
  token = (await api.token(await api.user('ada@example.com'), ALL)).value;
});
after(() => api.stop());

const BODY = '{"description":"x","scopes":["asset.read"],"expires_in":null}';

/** What the words of a refusal begin with, by the type of the body; `null` sends none. */
const WRONG: readonly (readonly [type: string | null, words: RegExp])[] = [
  ['application/x-www-form-urlencoded', /^The Content-Type says that the body is a form, as curl/],
  ['application/x-www-form-urlencoded;charset=UTF-8', /^The Content-Type says that the body is a/],
  ['multipart/form-data; boundary=x', /^The Content-Type says that the body is a form/],
  ['text/plain', /^The Content-Type does not say that the body is JSON\./],
  ['application/jsonx', /^The Content-Type does not say that the body is JSON\./],
  [null, /^The body has no Content-Type\./],
];

async function send(path: string, type: string | null, authorization?: string) {
  const response = await fetch(api.base + path.replaceAll(/:\w+/g, 'x'), {
    method: api.routes.find((route) => route.path === path && hasBody(route))?.method ?? 'POST',
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(type !== null && { 'content-type': type }),
    },
    // Bytes: a text would get a type by itself.
    body: new TextEncoder().encode(BODY),
  });
  return { status: response.status, json: (await response.json()) as Answer };
}
interface Answer {
  readonly errors?: readonly { readonly detail: string; readonly reason: string }[];
  readonly error?: string;
  readonly error_description?: string;
}

const hasBody = ({ schema }: Route): boolean => schema?.body !== undefined;

test('every route with a JSON body says which Content-Type to send, and reads nothing into another', async () => {
  const routes = api.routes.filter(hasBody);
  assert.ok(routes.length >= 5, String(routes.length));
  for (const { path } of routes) {
    for (const [type, words] of WRONG) {
      const { status, json } = await send(path, type, `Bearer ${token}`);
      const [error, ...others] = json.errors ?? [];
      assert.deepEqual([status, error?.reason, others.length], [415, 'unsupported_media_type', 0]);
      assert.match(error?.detail ?? '', words, `${path} ${type}`);
      assert.match(
        error?.detail ?? '',
        /Send JSON with the header Content-Type: application\/json$/,
      );
      assert.doesNotMatch(JSON.stringify(json), /asset/);
    }
    const stranger = await send(path, 'application/x-www-form-urlencoded');
    assert.equal(stranger.status, 401, path);
    const good = await send(path, 'Application/JSON ; charset=utf-8', `Bearer ${token}`);
    assert.notEqual(good.status, 415, path);
  }
});

test('a route without a body says the same of what it cannot read', async () => {
  const { status, json } = await send('/v2/tokens/:id/disable', 'text/plain', `Bearer ${token}`);
  assert.equal(status, 415);
  assert.match(json.errors?.[0]?.detail ?? '', /Send JSON with the header Content-Type/);
});

test('the OAuth endpoints say that they take forms, whatever else is sent', async () => {
  for (const path of ['/oauth2/token', '/oauth2/revoke', '/oauth2/introspect']) {
    for (const type of ['application/json', 'text/plain', 'application/xml']) {
      const { status, json } = await send(path, type);
      assert.deepEqual([status, json.error], [400, 'invalid_request'], `${path} ${type}`);
      assert.match(json.error_description ?? '', /application\/x-www-form-urlencoded/);
    }
    const inAddress = await fetch(`${api.base}${path}?grant_type=client_credentials&token=x`, {
      method: 'POST',
    });
    const { error_description: told } = (await inAddress.json()) as Answer;
    assert.match(told ?? '', /^Send the parameters in the body/);
  }
});
