/** Where the authorization endpoint sends a browser, and where it never does (RFC 9700 section 4.1, RFC 8252). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newPkce, type Registered } from '../support/oauth.ts';
import { unescape, type WebVisitor } from '../support/visitor.ts';
import { answerIn, CALLBACK, openPlace, requestOf, type Person, type Place } from './place.ts';

let place: Place;
let developer: Person;
let web: Registered;
let native: Registered;

const LOOPBACK = [
  'http://127.0.0.1/cb',
  'http://[::1]:4711/cb?x=1',
  'http://localhost:3000/cb',
  'com.example.cutter:/callback',
];

before(async () => {
  place = await openPlace();
  developer = await place.person();
  web = await place.register(developer.user);
  native = await place.register(developer.user, { type: 'public', redirectUris: LOOPBACK });
});
after(() => place.stop());

const pkce = () => ({
  code_challenge: newPkce().challenge,
  code_challenge_method: 'S256',
});

/** Each is nearly `https://app.example.com/callback`, or somewhere else in disguise. */
const NEARLY: readonly string[] = [
  `${CALLBACK}/`,
  `${CALLBACK}/..;/evil`,
  `${CALLBACK}/../callback`,
  `${CALLBACK}/%2e%2e/callback`,
  `${CALLBACK}%2f`,
  `${CALLBACK}%00`,
  `${CALLBACK}%0d%0aset-cookie:x=1`,
  `${CALLBACK}?`,
  `${CALLBACK}?x=1`,
  `${CALLBACK}?code=stolen`,
  `${CALLBACK}#`,
  `${CALLBACK}#code=x`,
  `${CALLBACK}\\evil`,
  `${CALLBACK}\t`,
  `${CALLBACK}\n`,
  ` ${CALLBACK}`,
  'HTTPS://app.example.com/callback',
  'https://APP.example.com/callback',
  'https://app.example.com/Callback',
  'https://app.example.com//callback',
  'https://app.example.com/./callback',
  'https://app.example.com:443/callback',
  'https://app.example.com:8443/callback',
  'https://app.example.com./callback',
  'https://app.example.com.evil.example/callback',
  'https://evil.example/app.example.com/callback',
  'https://appXexample.com/callback',
  'https://evilapp.example.com/callback',
  'https://app.example.com@evil.example/callback',
  'https://evil.example@app.example.com/callback',
  'https://app.example.com@x@evil.example/callback',
  'https://:@app.example.com/callback',
  'https://evil.example\\@app.example.com/callback',
  'https://evil.example#@app.example.com/callback',
  'https://evil.example?@app.example.com/callback',
  'https:\\\\app.example.com\\callback',
  'https:/app.example.com/callback',
  'https:app.example.com/callback',
  '//app.example.com/callback',
  '/callback',
  'callback',
  'http://app.example.com/callback',
  'https://xn--pp-yia.example.com/callback',
  'https://аpp.example.com/callback',
  'javascript:alert(1)//https://app.example.com/callback',
  'JaVaScRiPt:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'https://app.example.com/callback,https://evil.example',
  'https://app.example.com/callback https://evil.example',
];

const LOOPBACK_LOOKALIKES: readonly string[] = [
  'http://127.0.0.1.evil.example/cb',
  'http://127.0.0.1@evil.example/cb',
  'http://attacker@127.0.0.1/cb',
  'http://127.0.0.1:80@evil.example/cb',
  'http://127.1/cb',
  'http://0x7f.0.0.1/cb',
  'http://2130706433/cb',
  'http://127.0.0.2/cb',
  'http://0.0.0.0/cb',
  'http://[::ffff:127.0.0.1]/cb',
  'http://[0:0:0:0:0:0:0:1]:4711/cb?x=1',
  'http://[::1]:4711/cb',
  'http://[::1]:4711/cb?x=2',
  'http://evil.localhost:3000/cb',
  'http://localhost.evil.example:3000/cb',
  'http://localhost.:3000/cb',
  'http://LOCALHOST:3000/cb',
  'http://localhost:3000/cb/',
  'http://localhost:3000/CB',
  'http://localhost:3000/cb?x=1',
  'http://localhost:3000/cb#x',
  'https://localhost:3000/cb',
  'http://127.0.0.1:65536/cb',
  'http://127.0.0.1:/cb',
  'com.example.cutter:/callback/x',
  'com.example.cutter://callback',
  'COM.example.cutter:/callback',
  'com.example.evil:/callback',
];

async function assertStays(visitor: WebVisitor, path: string, sent: string): Promise<void> {
  const reply = await visitor.send('GET', path, {});
  assert.equal(reply.location, null, sent);
  assert.ok(reply.status >= 400 && reply.status < 500, `${reply.status} ${sent}`);
  for (const [, href = ''] of reply.html.matchAll(/(?:href|action|src)="([^"]*)"/g))
    assert.match(unescape(href), /^(\/(?![/\\])|#|$)/, sent);
}

const faults: readonly Readonly<Record<string, string>>[] = [
  {},
  { response_type: 'token' },
  { scope: 'everything' },
  { prompt: 'none' },
  { response_mode: 'form_post', scope: 'everything' },
];

for (const [of, uris] of [
  ['web', NEARLY],
  ['native', LOOPBACK_LOOKALIKES],
] as const) {
  test(`an unregistered redirect URI never redirects, whatever else is wrong: ${of}`, async () => {
    const registered = of === 'web' ? web : native;
    const stranger = place.running.visitor();
    for (const [turn, uri] of uris.entries()) {
      const wish = { ...pkce(), ...faults[turn % faults.length], redirect_uri: uri };
      for (const visitor of [stranger, developer.visitor])
        await assertStays(visitor, requestOf(registered, wish), uri);
    }
  });
}

test('consent for one redirect URI opens no other', async () => {
  const { visitor } = await place.person();
  await visitor.get(requestOf(web));
  answerIn(await visitor.submit('/oauth2/auth', { decision: 'allow' }));
  await assertStays(visitor, requestOf(web, { redirect_uri: 'https://evil.example/' }), 'evil');
  answerIn(await visitor.get(requestOf(web)));
});

test('loopback addresses match with any port, and nothing else about them may differ', async () => {
  const { visitor } = await place.person();
  for (const uri of [
    'http://127.0.0.1:1/cb',
    'http://127.0.0.1:65535/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:1/cb?x=1',
    'http://localhost:54321/cb',
    'com.example.cutter:/callback',
  ]) {
    const sent = await visitor.get(requestOf(native, { ...pkce(), redirect_uri: uri }));
    assert.match(sent.text, /a program on this device/, uri);
    const page = await visitor.submit('/oauth2/auth', { decision: 'deny' });
    assert.equal(answerIn(page, uri).get('error'), 'access_denied');
  }
});

test('a redirect URI keeps a query of its own, and the answer comes after it', async () => {
  const uri = 'https://app.example.com/callback?tenant=7&x=%20';
  const registered = await place.register(developer.user, { redirectUris: [uri] });
  const page = await place.running
    .visitor()
    .get(requestOf(registered, { redirect_uri: uri, response_type: 'token' }));
  const answer = answerIn(page, uri);
  assert.equal(answer.get('tenant'), '7');
  assert.equal(answer.get('error'), 'unsupported_response_type');
  assert.deepEqual(answer.getAll('state'), ['a state & more']);
});

test('a URI that slipped in before a rule existed is not answered to', async () => {
  for (const uri of [
    'https://app.example.com/callback?code=x',
    'https://app.example.com/callback?iss=https%3A%2F%2Fevil.example',
    'https://app.example.com/callback#state=x',
    'https://user@app.example.com/callback',
    'http://app.example.com/callback',
    'https://a;sandbox/callback',
    "https://a,b'c/callback",
    'javascript:alert(1)',
    'https://*.example.com/',
  ]) {
    const { app } = await place.register(developer.user);
    const { apps } = place.modules.storage;
    await apps.update(app.id, { redirectUris: [uri] }, place.time.now);
    const path = requestOf({ app, secret: '' }, { redirect_uri: uri });
    await assertStays(place.running.visitor(), path, uri);
    await assertStays(
      developer.visitor,
      requestOf({ app, secret: '' }, { redirect_uri: null }),
      uri,
    );
  }
});

test('who asks, or where to answer, said twice or in no text, gets a page', async () => {
  const twice = `${requestOf(web)}&redirect_uri=${encodeURIComponent('https://evil.example/')}`;
  for (const path of [
    twice,
    `${requestOf(web)}&client_id=${native.app.id}`,
    requestOf(web, { client_id: null }),
    requestOf(web, { client_id: 'a'.repeat(9000) }),
    requestOf(native, { redirect_uri: null }),
    '/oauth2/auth',
    '/oauth2/auth?client_id=%FF',
    '/oauth2/auth?client_id=%00',
    '/oauth2/auth?client_id[a]=b&redirect_uri[]=c',
  ])
    await assertStays(developer.visitor, path, path);
});

test('errors go back with state and iss, and say nothing that was sent', async () => {
  const visitor = place.running.visitor();
  const wrong: Readonly<
    Record<string, readonly [error: string, change: Record<string, string | null>]>
  > = {
    type: ['unsupported_response_type', { response_type: 'code token' }],
    missing: ['invalid_request', { response_type: null }],
    scope: ['invalid_scope', { scope: 'asset.read <script>' }],
    foreign: ['invalid_scope', { scope: 'asset.delete' }],
    method: [
      'invalid_request',
      { code_challenge: newPkce().challenge, code_challenge_method: 'plain' },
    ],
    noMethod: ['invalid_request', { code_challenge: newPkce().challenge }],
    noChallenge: ['invalid_request', { code_challenge_method: 'S256' }],
    short: ['invalid_request', { code_challenge: 'short', code_challenge_method: 'S256' }],
    mode: ['invalid_request', { response_mode: 'fragment' }],
    prompt: ['invalid_request', { prompt: 'none login' }],
    prompts: ['invalid_request', { prompt: 'create' }],
    age: ['invalid_request', { max_age: '-1' }],
    resource: ['invalid_target', { resource: 'https://other.example.com' }],
    request: ['request_not_supported', { request: 'eyJhbGciOiJub25lIn0.e30.' }],
    uri: ['request_uri_not_supported', { request_uri: 'urn:x' }],
  };
  for (const [name, [error, change]] of Object.entries(wrong)) {
    const answer = answerIn(await visitor.get(requestOf(web, change)));
    assert.equal(answer.get('error'), error, name);
    assert.equal(answer.get('state'), 'a state & more');
    assert.equal(answer.get('iss'), place.base);
    assert.match(answer.get('error_description') ?? '', /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/);
    assert.doesNotMatch(answer.get('error_description') ?? '', /script|other\.example/);
  }
  for (const [scope, named] of [
    ['asset.read nothing.of.it', /nothing\.of\.it/],
    ['asset.delete', /asset\.delete/],
    ['<script>', /no scope of that name/],
  ] as const) {
    const description = answerIn(await visitor.get(requestOf(web, { scope }))).get(
      'error_description',
    );
    assert.match(description ?? '', named);
  }
  const twice = answerIn(await visitor.get(`${requestOf(web)}&state=two`));
  assert.equal(twice.get('error'), 'invalid_request');
  assert.equal(twice.get('state'), null);
});

test('a code whose request named its redirect URI needs the same one without PKCE, and no other does', async () => {
  const { visitor } = await place.person();
  const codeFor = async (wish: Record<string, string | null>): Promise<string> => {
    await visitor.get(requestOf(web, { prompt: 'consent', ...wish }));
    const answer = answerIn(await visitor.submit('/oauth2/auth', { decision: 'allow' }));
    return answer.get('code') ?? '';
  };
  const redeem = async (code: string, fields: Record<string, string>) => {
    const body = { grant_type: 'authorization_code', code, ...fields };
    return (await place.token(body, web)).status;
  };
  const named = await codeFor({});
  assert.equal(await redeem(named, {}), 400);
  assert.equal(await redeem(named, { redirect_uri: CALLBACK }), 200);
  // There was no choice, and the request left it out.
  const unnamed = await codeFor({ redirect_uri: null });
  assert.equal(await redeem(unnamed, { redirect_uri: `${CALLBACK}/other` }), 400);
  assert.equal(await redeem(unnamed, {}), 200);
});
