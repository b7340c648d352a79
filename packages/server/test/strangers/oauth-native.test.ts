/** Apps on a device (RFC 8252): a port that the system picked a moment ago, on every spelling of loopback, or a scheme. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import * as client from 'openid-client';
import { postForm } from '../support/oauth.ts';
import { assertIsUser, openOAuthStage, SCOPE, type OAuthStage } from './oauth-stage.ts';

/** Registered as RFC 8252 section 7.3 shows them: without a port. */
const REGISTERED = [
  'http://127.0.0.1/callback',
  'http://[::1]/callback',
  'http://localhost/callback',
  'http://127.0.0.1',
  'http://localhost?from=browser',
  'com.example.cutting-room:/oauth/callback',
];

let stage: OAuthStage;
let config: client.Configuration;

before(async () => {
  stage = await openOAuthStage();
  const { app } = await stage.register({ type: 'public', redirectUris: REGISTERED });
  config = await client.discovery(new URL(stage.base), app.id, undefined, client.None(), {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  });
});
after(() => stage.stop());

interface Begun {
  readonly link: URL;
  readonly checks: client.AuthorizationCodeGrantChecks;
}

async function begin(redirectUri: string): Promise<Begun> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const link = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: SCOPE,
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  return { link, checks: { pkceCodeVerifier, expectedState } };
}

/** Listens for one callback, as command lines do while the browser is open. */
async function listen(host: string): Promise<{ port: number; called: Promise<string> }> {
  const server = createServer();
  const called = new Promise<string>((resolve) => {
    server.once('request', (request, response) => {
      response.end('You can close this window.');
      server.close();
      resolve(request.url ?? '');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, called };
}

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

/** Where the program listens, and what it puts before and after the port of its redirect URI. */
const LOOPBACK: readonly (readonly [listens: string, before: string, after: string])[] = [
  ['127.0.0.1', 'http://127.0.0.1', '/callback'],
  ['::1', 'http://[::1]', '/callback'],
  ['127.0.0.1', 'http://localhost', '/callback'],
  ['127.0.0.1', 'http://127.0.0.1', ''],
];

for (const [host, origin, rest] of LOOPBACK) {
  const skip = host === '::1' && !hasIpv6 ? 'there is no IPv6 here' : false;
  test(`a program on ${origin}:*${rest} is called back on its port`, { skip }, async () => {
    const { port, called } = await listen(host);
    const redirectUri = `${origin}:${port}${rest}`;
    const { link, checks } = await begin(redirectUri);
    const location = await stage.allow(link);
    assert.equal(location.origin, new URL(redirectUri).origin);
    await fetch(location);
    const callback = new URL(await called, redirectUri);
    const tokens = await client.authorizationCodeGrant(config, callback, checks);
    const me = new URL('/v2/me', stage.base);
    const record = await client.fetchProtectedResource(config, tokens.access_token, me, 'GET');
    assertIsUser(await record.json());
    await client.tokenRevocation(config, tokens.refresh_token ?? '');
  });
}

test('a query of its own comes back beside the answer', async () => {
  const { link, checks } = await begin('http://localhost:49152?from=browser');
  const { searchParams } = await stage.allow(link);
  assert.equal(searchParams.get('from'), 'browser');
  const told = await postForm(`${stage.base}/oauth2/token`, {
    grant_type: 'authorization_code',
    client_id: config.clientMetadata().client_id,
    code: searchParams.get('code') ?? '',
    code_verifier: checks.pkceCodeVerifier ?? '',
    redirect_uri: 'http://localhost:49152?from=browser',
  });
  assert.equal(told.status, 200, JSON.stringify(told.json));
});

test('a program that comes again is asked for consent again: nothing proves that it is the same', async () => {
  const { link } = await begin('http://127.0.0.1:49152/callback');
  await stage.allow(link);
  const visitor = await stage.open(link);
  assert.match(visitor.page?.text ?? '', /The answer goes to a program on this device/);
});

test('a scheme of its own is called by name', async () => {
  const { link, checks } = await begin('com.example.cutting-room:/oauth/callback');
  const callback = await stage.allow(link);
  assert.equal(callback.protocol, 'com.example.cutting-room:');
  assert.equal(callback.pathname, '/oauth/callback');
  const tokens = await client.authorizationCodeGrant(config, callback, checks);
  assert.equal(tokens.scope, SCOPE);
});

const STRANGE = [
  'http://127.0.0.1:49152/callback/',
  'http://127.0.0.1:49152/Callback',
  'http://127.0.0.1:49152/callback?x=1',
  'http://127.0.0.1:49152/other',
  'http://[::1]:49152',
  'http://127.0.0.2:49152/callback',
  'http://127.1:49152/callback',
  'http://LOCALHOST:49152/callback',
  'http://localhost.:49152/callback',
  'http://localhost.example.com:49152/callback',
  'http://user@127.0.0.1:49152/callback',
  'http://127.0.0.1:99999/callback',
  'http://127.0.0.1:/callback',
  'https://127.0.0.1:49152/callback',
  'com.example.cutting-room://oauth/callback',
  'com.example.cutting-room:/oauth/callback/more',
  'com.example.other:/oauth/callback',
];

test('nothing but the port may differ', async () => {
  const visitor = stage.running.visitor();
  for (const redirectUri of STRANGE) {
    const { link } = await begin(redirectUri);
    const { status, location } = await visitor.send('GET', link.href, {});
    assert.deepEqual([status, location], [400, null], redirectUri);
  }
});

test('the port of the exchange is that of the request', async () => {
  const { link, checks } = await begin('http://127.0.0.1:49152/callback');
  const callback = await stage.allow(link);
  callback.port = '49153';
  await assert.rejects(client.authorizationCodeGrant(config, callback, checks), {
    error: 'invalid_grant',
  });
});
