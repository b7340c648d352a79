/** What the token endpoint says (RFC 6749 sections 5.1 and 5.2): its members and headers, for every grant type and for refusals. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { approve, type Registered, type TokenAnswer } from '../support/oauth.ts';
import { CALLBACK, openPlace, type Place } from './place.ts';

let place: Place;
let web: Registered;
let service: Registered;
let code: string;
before(async () => {
  place = await openPlace();
  const user = await place.user();
  web = await place.register(user);
  service = await place.register(user, { type: 'service' });
  code = await approve(place.modules, { user, app: web.app });
});
after(() => place.stop());

function assertUnkept({ headers }: TokenAnswer): void {
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('pragma'), 'no-cache');
  assert.match(headers.get('content-type') ?? '', /^application\/json/);
}

const PLAIN = ['access_token', 'expires_in', 'scope', 'token_type'];
const LASTING = [...PLAIN, 'refresh_token'].toSorted();

function assertAnswer(answer: TokenAnswer, members: readonly string[]): void {
  const { status, json } = answer;
  assert.equal(status, 200, JSON.stringify(json));
  assert.deepEqual(Object.keys(json).toSorted(), members);
  assert.equal(json.token_type, 'bearer');
  assert.ok(Number.isSafeInteger(json.expires_in) && json.expires_in > 0);
  assert.match(json.scope, /^[\w.]+( [\w.]+)*$/);
  assertUnkept(answer);
}

test('an answer has the members of its grant type and no other, and is never kept', async () => {
  const first = await place.token(
    { grant_type: 'authorization_code', code, redirect_uri: CALLBACK },
    web,
  );
  assertAnswer(first, LASTING);
  const { refresh_token } = first.json;
  assertAnswer(await place.token({ grant_type: 'refresh_token', refresh_token }, web), LASTING);
  assertAnswer(await place.token({ grant_type: 'client_credentials' }, service), PLAIN);
});

test('a refusal has an error and its description, and is never kept', async () => {
  for (const [fields, registered, status, error] of [
    [{ grant_type: 'authorization_code', code: 'x' }, web, 400, 'invalid_grant'],
    [{ grant_type: 'password' }, web, 400, 'unsupported_grant_type'],
    [{ grant_type: 'client_credentials' }, web, 400, 'unauthorized_client'],
    [{ grant_type: 'client_credentials', scope: 'nothing' }, service, 400, 'invalid_scope'],
    [{}, service, 400, 'invalid_request'],
    [{ grant_type: 'client_credentials' }, { ...service, secret: 'wrong' }, 401, 'invalid_client'],
  ] as const) {
    const answer = await place.token(fields, registered);
    assert.deepEqual([answer.status, answer.json.error], [status, error]);
    assert.deepEqual(Object.keys(answer.json), ['error', 'error_description']);
    assertUnkept(answer);
  }
});
