/** openid-client and oauth4webapi, unmodified: the strictest readers of what an authorization server answers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import type { Registered } from '../support/oauth.ts';
import { assertIsUser, CALLBACK, openOAuthStage, SCOPE, type OAuthStage } from './oauth-stage.ts';

let stage: OAuthStage;
let web: Registered;
let app: Registered;

before(async () => {
  stage = await openOAuthStage();
  web = await stage.register();
  app = await stage.register({ type: 'public' });
});
after(() => stage.stop());

const discover = (
  { app: { id }, secret }: Registered,
  authentication: client.ClientAuth,
): Promise<client.Configuration> =>
  client.discovery(
    new URL(stage.base),
    id,
    secret === '' ? undefined : secret,
    authentication,
    // The test server speaks plain HTTP.
    { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
  );

interface Begun {
  readonly link: URL;
  readonly checks: client.AuthorizationCodeGrantChecks;
}

async function begin(
  config: client.Configuration,
  more: Record<string, string> = {},
): Promise<Begun> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const link = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: SCOPE,
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...more,
  });
  return { link, checks: { pkceCodeVerifier, expectedState } };
}

const readMe = async (config: client.Configuration, token: string): Promise<unknown> => {
  const me = new URL('/v2/me', stage.base);
  const response = await client.fetchProtectedResource(config, token, me, 'GET');
  return response.json();
};

const WAYS: readonly (readonly [
  string,
  () => Registered,
  (app: Registered) => client.ClientAuth,
])[] = [
  ['client_secret_basic', () => web, ({ secret }) => client.ClientSecretBasic(secret)],
  ['client_secret_post', () => web, ({ secret }) => client.ClientSecretPost(secret)],
  ['none', () => app, () => client.None()],
];

for (const [method, registered, authenticate] of WAYS) {
  test(`openid-client discovers, signs in, calls, refreshes and revokes with ${method}`, async () => {
    const config = await discover(registered(), authenticate(registered()));
    assert.equal(config.serverMetadata().issuer, stage.base);
    assert.ok(config.serverMetadata().supportsPKCE());
    const { link, checks } = await begin(config);
    const tokens = await client.authorizationCodeGrant(config, await stage.allow(link), checks);
    assert.equal(tokens.scope, SCOPE);
    assert.equal(tokens.expires_in, 3600);
    assertIsUser(await readMe(config, tokens.access_token));

    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    assert.notEqual(fresh.access_token, tokens.access_token);
    assertIsUser(await readMe(config, fresh.access_token));

    await client.tokenRevocation(config, fresh.refresh_token ?? '');
    await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token ?? ''), {
      name: 'ResponseBodyError',
      error: 'invalid_grant',
    });
    await assert.rejects(readMe(config, fresh.access_token), {
      name: 'WWWAuthenticateChallengeError',
    });
  });
}

const hasCause =
  (reason: RegExp) =>
  (error: unknown): boolean =>
    error instanceof client.ClientError && reason.test(String(error.cause));

test('openid-client tells a denial, a foreign state and a foreign issuer apart', async () => {
  const config = await discover(web, client.ClientSecretBasic(web.secret));
  const denied = await begin(config, { prompt: 'consent' });
  await assert.rejects(
    client.authorizationCodeGrant(config, await stage.deny(denied.link), denied.checks),
    { name: 'AuthorizationResponseError', error: 'access_denied' },
  );
  const { link, checks } = await begin(config);
  const answer = await stage.allow(link);
  const wrongState = { ...checks, expectedState: client.randomState() };
  await assert.rejects(
    client.authorizationCodeGrant(config, answer, wrongState),
    hasCause(/unexpected "state"/),
  );
  const mixedUp = new URL(answer);
  mixedUp.searchParams.set('iss', 'https://other.example.com');
  await assert.rejects(
    client.authorizationCodeGrant(config, mixedUp, checks),
    hasCause(/unexpected "iss"/),
  );
  // Neither reached the server, so the code is still good.
  const tokens = await client.authorizationCodeGrant(config, answer, checks);
  assertIsUser(await readMe(config, tokens.access_token));
});

test('openid-client reads the answer of response_mode=form_post', async () => {
  const config = await discover(web, client.ClientSecretBasic(web.secret));
  const { link, checks } = await begin(config, { response_mode: 'form_post' });
  const fields = (await stage.open(link)).hidden(CALLBACK);
  assert.ok(fields);
  const callback = new Request(CALLBACK, { method: 'POST', body: new URLSearchParams(fields) });
  const tokens = await client.authorizationCodeGrant(config, callback, checks);
  assertIsUser(await readMe(config, tokens.access_token));
});

test('openid-client introspects its own tokens, and gets one as a service', async () => {
  const config = await discover(web, client.ClientSecretBasic(web.secret));
  const { link, checks } = await begin(config);
  const tokens = await client.authorizationCodeGrant(config, await stage.allow(link), checks);
  const told = await client.tokenIntrospection(config, tokens.access_token);
  assert.deepEqual([told.active, told.client_id, told.scope], [true, web.app.id, SCOPE]);
  await client.tokenRevocation(config, tokens.access_token);
  assert.deepEqual(await client.tokenIntrospection(config, tokens.access_token), { active: false });

  const service = await stage.register({ type: 'service', scopes: ['account.read'] });
  const asItself = await discover(service, client.ClientSecretPost(service.secret));
  const granted = await client.clientCredentialsGrant(asItself, { scope: 'account.read' });
  assert.deepEqual([granted.scope, granted.refresh_token], ['account.read', undefined]);
});

const PLAIN_HTTP = { [oauth.allowInsecureRequests]: true } as const;

async function discoverByHand(): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(stage.base);
  const options = { algorithm: 'oauth2', ...PLAIN_HTTP } as const;
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
}

test('oauth4webapi goes the whole way, one request after the other', async () => {
  const server = await discoverByHand();
  const self: oauth.Client = { client_id: web.app.id };
  const proof = oauth.ClientSecretBasic(web.secret);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const link = new URL(server.authorization_endpoint ?? '');
  link.search = new URLSearchParams({
    response_type: 'code',
    client_id: web.app.id,
    redirect_uri: CALLBACK,
    scope: SCOPE,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  const answer = oauth.validateAuthResponse(server, self, await stage.allow(link), state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    self,
    proof,
    answer,
    CALLBACK,
    verifier,
    PLAIN_HTTP,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, self, response);
  const me = await oauth.protectedResourceRequest(
    tokens.access_token,
    'GET',
    new URL('/v2/me', stage.base),
    undefined,
    undefined,
    PLAIN_HTTP,
  );
  assertIsUser(await me.json());

  const refresh = tokens.refresh_token ?? '';
  const refreshed = await oauth.processRefreshTokenResponse(
    server,
    self,
    await oauth.refreshTokenGrantRequest(server, self, proof, refresh, PLAIN_HTTP),
  );
  assert.equal(refreshed.scope, SCOPE);
  const given = refreshed.refresh_token ?? '';
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, self, proof, given, PLAIN_HTTP),
  );
  const refused = await oauth.refreshTokenGrantRequest(server, self, proof, given, PLAIN_HTTP);
  await assert.rejects(oauth.processRefreshTokenResponse(server, self, refused), {
    error: 'invalid_grant',
    status: 400,
  });
});

test('oauth4webapi reads the challenge of a wrong secret', async () => {
  const server = await discoverByHand();
  const self: oauth.Client = { client_id: web.app.id };
  const wrong = oauth.ClientSecretBasic(`${web.secret}x`);
  const response = await oauth.refreshTokenGrantRequest(server, self, wrong, 'none', PLAIN_HTTP);
  await assert.rejects(oauth.processRefreshTokenResponse(server, self, response), (error) => {
    assert.ok(error instanceof oauth.WWWAuthenticateChallengeError);
    assert.equal(error.cause[0]?.scheme, 'basic');
    return true;
  });
});
