/** Authorization server metadata (RFC 8414): what is advertised is there and works. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { plainRequest } from '../support/plain-request.ts';
import { approve, newPkce } from '../support/oauth.ts';
import {
  answerIn,
  basicOf,
  CALLBACK,
  openPlace,
  requestOf,
  type Person,
  type Place,
} from './place.ts';

const PATH = '/.well-known/oauth-authorization-server';

// oxlint-disable-next-line typescript/no-explicit-any
let metadata: any;
let place: Place;
let developer: Person;
before(async () => {
  place = await openPlace();
  developer = await place.person();
  metadata = await (await fetch(place.base + PATH)).json();
});
after(() => place.stop());

/** The configured name is `localhost`, the listener an address. */
const reach = (url: string): string => url.replace(metadata.issuer, place.base);

test('it is JSON for whoever asks, whatever they accept, from any page', async () => {
  for (const accept of ['', '*/*', 'application/json', 'text/html', 'image/png', 'x'.repeat(300)]) {
    const answer = await plainRequest(place.base + PATH, {
      headers: { accept, origin: 'https://app.example.com' },
    });
    assert.equal(answer.status, 200, accept);
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.deepEqual(JSON.parse(answer.body), metadata);
  }
});

test('the issuer is the one whose document it is, without query or fragment, and answers carry it', async () => {
  const issuer = new URL(metadata.issuer);
  assert.equal(issuer.origin, metadata.issuer);
  assert.equal(metadata.issuer, place.modules.config.server.baseUrl);
  const registered = await place.register(developer.user);
  const { visitor } = await place.person();
  const path = requestOf(registered, { prompt: 'none' });
  const refused = answerIn(await visitor.get(path));
  assert.equal(refused.get('iss'), metadata.issuer);
  await visitor.get(requestOf(registered));
  const granted = answerIn(await visitor.submit('/oauth2/auth', { decision: 'allow' }));
  assert.equal(granted.get('iss'), metadata.issuer);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
});

test('a request that claims another host changes nothing in it', async () => {
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
  const { body } = await plainRequest(place.base + PATH, { headers });
  assert.deepEqual(JSON.parse(body), metadata);
});

test('every endpoint that it names is there and answers as such', async () => {
  const page = await fetch(reach(metadata.authorization_endpoint));
  assert.equal(page.status, 400);
  assert.match(await page.text(), /client_id is missing/);
  for (const name of ['token', 'revocation', 'introspection']) {
    const url = reach(metadata[`${name}_endpoint`]);
    const body = new URLSearchParams({ grant_type: 'client_credentials', token: 'x' });
    const answer = await fetch(url, { method: 'POST', body });
    assert.equal(answer.status, 401, name);
    const preflight = await fetch(url, { method: 'OPTIONS' });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization/);
  }
  const named = Object.keys(metadata).filter((name) => name.endsWith('_endpoint'));
  assert.equal(named.length, 4);
});

test('each method of authentication that it names works where it is named', async () => {
  const service = await place.register(developer.user, { type: 'service' });
  const native = await place.register(developer.user, { type: 'public' });
  const secret = { client_id: service.app.id, client_secret: service.secret };
  const ways: Readonly<
    Record<string, { headers: Record<string, string>; body: Record<string, string> }>
  > = {
    client_secret_basic: {
      headers: { authorization: basicOf({ id: service.app.id, secret: service.secret }) },
      body: {},
    },
    client_secret_post: { headers: {}, body: secret },
    none: { headers: {}, body: { client_id: native.app.id } },
  };
  for (const name of ['token', 'revocation', 'introspection']) {
    const methods: string[] = metadata[`${name}_endpoint_auth_methods_supported`];
    const accepted: string[] = [];
    for (const [method, { headers, body }] of Object.entries(ways)) {
      const fields = { grant_type: 'refresh_token', refresh_token: 'x', token: 'x', ...body };
      const answer = await fetch(reach(metadata[`${name}_endpoint`]), {
        method: 'POST',
        headers,
        body: new URLSearchParams(fields),
      });
      const { error } = (await answer.json()) as { error?: string };
      // A service has no refresh tokens, which is told only after it has proved itself.
      const isIn = error === undefined || /^(invalid_grant|unauthorized_client)$/.test(error);
      if (isIn && !(name === 'introspection' && method === 'none')) accepted.push(method);
    }
    assert.deepEqual(accepted.toSorted(), methods.toSorted(), name);
  }
});

test('grant types, response modes, prompts, challenges and scopes are those that work', async () => {
  const registered = await place.register(developer.user);
  const { visitor } = await place.person();
  for (const grant_type of [...metadata.grant_types_supported, 'password', 'implicit']) {
    const { json } = await place.token({ grant_type }, registered);
    const isKnown = metadata.grant_types_supported.includes(grant_type);
    assert.equal(json.error !== 'unsupported_grant_type', isKnown, grant_type);
  }
  for (const response_mode of [...metadata.response_modes_supported, 'fragment', 'jwt']) {
    const { status, url } = await visitor.get(requestOf(registered, { response_mode }));
    const isKnown = metadata.response_modes_supported.includes(response_mode);
    assert.equal(status === 200 && !url.startsWith(CALLBACK), isKnown, response_mode);
  }
  for (const response_type of [...metadata.response_types_supported, 'token', 'id_token', 'none']) {
    const { url } = await visitor.get(requestOf(registered, { response_type }));
    const isKnown = metadata.response_types_supported.includes(response_type);
    assert.equal(!url.startsWith(CALLBACK), isKnown, response_type);
  }
  for (const prompt of [...metadata.prompt_values_supported, 'create']) {
    const page = await visitor.get(requestOf(registered, { prompt }));
    const isKnown = metadata.prompt_values_supported.includes(prompt);
    const error = page.url.startsWith(CALLBACK) ? answerIn(page).get('error') : null;
    assert.equal(error !== 'invalid_request', isKnown, prompt);
  }
  for (const method of [...metadata.code_challenge_methods_supported, 'plain', 's256']) {
    const wish = { code_challenge: newPkce().challenge, code_challenge_method: method };
    const page = await visitor.get(requestOf(registered, wish));
    const isKnown = metadata.code_challenge_methods_supported.includes(method);
    assert.equal(!page.url.startsWith(CALLBACK), isKnown, method);
  }
  const all = await place.register(developer.user, { scopes: metadata.scopes_supported });
  const code = await approve(place.modules, { user: developer.user, app: all.app });
  const body = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK };
  const { json } = await place.token(body, all);
  assert.deepEqual(json.scope.split(' '), metadata.scopes_supported);
});
