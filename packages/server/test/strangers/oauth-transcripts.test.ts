/**
 * What programs in other languages write to the wire, byte for byte: Frame.io's documented Python client, with a secret and
 * as its public client that knows no PKCE, and how Go's golang.org/x/oauth2 finds out by trying how a client proves itself.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Registered } from '../support/oauth.ts';
import { Conversation } from '../support/raw-http.ts';
import { assertIsUser, CALLBACK, openOAuthStage, SCOPE, type OAuthStage } from './oauth-stage.ts';

let stage: OAuthStage;
let web: Registered;
/** Frame.io's "Uses PKCE": no secret, and no challenge either. */
let legacy: Registered;
let wire: Conversation;

before(async () => {
  stage = await openOAuthStage();
  web = await stage.register();
  legacy = await stage.register({ type: 'public', allowsMissingPkce: true });
  wire = await Conversation.open(stage.base);
});
after(async () => {
  wire.close();
  await stage.stop();
});

interface Tokens {
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly scope: string;
  readonly token_type: string;
}

interface Told {
  readonly status: number;
  readonly json: Tokens & { readonly error?: string };
}

async function post(headers: readonly string[], body: string): Promise<Told> {
  const lines = [
    'POST /oauth2/token HTTP/1.1',
    `Host: ${new URL(stage.base).host}`,
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ];
  const { status, headers: answered, body: text } = await wire.ask(lines.join('\r\n'));
  assert.equal(answered.get('cache-control'), 'no-store');
  return { status, json: JSON.parse(text) };
}

async function callApi({ access_token: token }: Tokens): Promise<void> {
  const response = await fetch(`${stage.base}/v2/me`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200);
  assertIsUser(await response.json());
}

const form = (fields: Readonly<Record<string, string>>): string =>
  new URLSearchParams(fields).toString();

const raw = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

/** The callback as Frame.io's clients read it: code, scope and state, whatever else comes with them. */
async function signIn({ app }: Registered): Promise<{ code: string; scope: string }> {
  const query = form({
    response_type: 'code',
    redirect_uri: CALLBACK,
    client_id: app.id,
    scope: SCOPE,
    state: 'kq2w',
  });
  const { searchParams } = await stage.allow(`/oauth2/auth?${query}`);
  assert.equal(searchParams.get('state'), 'kq2w');
  return { code: searchParams.get('code') ?? '', scope: searchParams.get('scope') ?? '' };
}

const PYTHON = [
  'User-Agent: python-requests/2.34.2',
  'Accept-Encoding: gzip, deflate',
  'Accept: */*',
  'Connection: keep-alive',
];
const URLENCODED = 'Content-Type: application/x-www-form-urlencoded';
const BOUNDARY = '4f1f3a0f8c2e4d7b9a6c5e1d2b3a4c5d';

/** `files=` of Python's requests: every field is a part without a file name. */
const multipart = (fields: Readonly<Record<string, string>>): string =>
  [
    ...Object.entries(fields).map(
      ([name, value]) =>
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    ),
    `--${BOUNDARY}--\r\n`,
  ].join('');

const MULTIPART = `Content-Type: multipart/form-data; boundary=${BOUNDARY}`;

test("Frame.io's Python client signs in with its secret, and refreshes by multipart/form-data", async () => {
  const { code, scope } = await signIn(web);
  assert.equal(scope, SCOPE);
  const basic = [...PYTHON, `Authorization: ${raw(`${web.app.id}:${web.secret}`)}`];
  const { status, json } = await post(
    [...basic, URLENCODED],
    form({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK, state: 'kq2w', scope }),
  );
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), [
    'access_token',
    'expires_in',
    'refresh_token',
    'scope',
    'token_type',
  ]);
  assert.deepEqual([json.expires_in, json.scope, json.token_type], [3600, SCOPE, 'bearer']);
  await callApi(json);

  const asked = { grant_type: 'refresh_token', scope, refresh_token: json.refresh_token };
  const fresh = await post([...basic, MULTIPART], multipart(asked));
  assert.equal(fresh.status, 200);
  assert.notEqual(fresh.json.refresh_token, json.refresh_token);
  await callApi(fresh.json);
});

test("Frame.io's public client names itself in the body and sends neither secret nor challenge", async () => {
  const { code, scope } = await signIn(legacy);
  const self = { client_id: legacy.app.id };
  const { status, json } = await post(
    [...PYTHON, URLENCODED],
    form({
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      state: 'kq2w',
      scope,
      ...self,
    }),
  );
  assert.equal(status, 200, JSON.stringify(json));
  await callApi(json);
  const asked = { grant_type: 'refresh_token', refresh_token: json.refresh_token, ...self };
  const fresh = await post([...PYTHON, MULTIPART], multipart(asked));
  assert.equal(fresh.status, 200);
  await callApi(fresh.json);
});

test('a public client without the compatibility switch is told what it lacks', async () => {
  const { app } = await stage.register({ type: 'public' });
  const query = form({ response_type: 'code', client_id: app.id, scope: SCOPE, state: 'kq2w' });
  const { location } = await stage.running.visitor().send('GET', `/oauth2/auth?${query}`, {});
  const { searchParams } = new URL(location ?? '');
  assert.equal(searchParams.get('error'), 'invalid_request');
  assert.match(searchParams.get('error_description') ?? '', /code_challenge/);
  assert.equal(searchParams.get('state'), 'kq2w');
});

const GO = ['User-Agent: Go-http-client/1.1', 'Accept-Encoding: gzip', URLENCODED];
const GRANT = { grant_type: 'authorization_code', redirect_uri: CALLBACK } as const;

/** `AuthStyleAutoDetect`: the header first, with both halves escaped; after any failure the body, with the same code. */
async function probe(code: string, { app: { id }, secret }: Registered): Promise<readonly Told[]> {
  const inHeader = await post(
    [...GO, `Authorization: ${raw(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`],
    form({ code, ...GRANT }),
  );
  if (inHeader.status === 200) return [inHeader];
  const proof = { client_id: id, ...(secret !== '' && { client_secret: secret }) };
  return [inHeader, await post(GO, form({ ...proof, code, ...GRANT }))];
}

test("Go's first try succeeds for a client with a secret and for a public one without", async () => {
  for (const registered of [web, legacy]) {
    const { code } = await signIn(registered);
    const [first, second] = await probe(code, registered);
    assert.equal(first?.status, 200);
    assert.equal(second, undefined);
    await callApi(first.json);
  }
});

test('a code survives a first try with the wrong way to prove oneself', async () => {
  const tries: readonly (readonly [Registered, string])[] = [
    // A header without the secret, with a wrong one, and one that cannot be read.
    [web, raw(`${web.app.id}:`)],
    [web, raw(`${web.app.id}:wrong`)],
    [web, 'Basic !'],
    // A public client must not come with a secret.
    [legacy, raw(`${legacy.app.id}:invented`)],
  ];
  for (const [registered, authorization] of tries) {
    const { code } = await signIn(registered);
    const first = await post([...GO, `Authorization: ${authorization}`], form({ code, ...GRANT }));
    assert.deepEqual([first.status, first.json.error], [401, 'invalid_client']);
    const { app, secret } = registered;
    const proof = { client_id: app.id, ...(secret !== '' && { client_secret: secret }) };
    const second = await post(GO, form({ ...proof, code, ...GRANT }));
    assert.equal(second.status, 200, authorization);
    await callApi(second.json);
  }
});

test('a client that tries the body first succeeds there, and its header after a failure too', async () => {
  const { code } = await signIn(web);
  const wrong = { client_id: web.app.id, client_secret: 'wrong' };
  const first = await post(GO, form({ ...wrong, code, ...GRANT }));
  assert.equal(first.status, 401);
  const [second] = await probe(code, web);
  assert.equal(second?.status, 200);
});
