/** simple-oauth2, passport-oauth2, @badgateway/oauth2-client and arctic, unmodified: how most Node apps speak OAuth. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { generateCodeVerifier, OAuth2Client as BadgatewayClient } from '@badgateway/oauth2-client';
import * as arctic from 'arctic';
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2';
import type { Registered } from '../support/oauth.ts';
import {
  assertIsUser,
  CALLBACK,
  openOAuthStage,
  SCOPE,
  SCOPES,
  type OAuthStage,
} from './oauth-stage.ts';

let stage: OAuthStage;
let web: Registered;
let app: Registered;

before(async () => {
  stage = await openOAuthStage();
  web = await stage.register();
  app = await stage.register({ type: 'public' });
});
after(() => stage.stop());

const endpoint = (name: string): string => `${stage.base}/oauth2/${name}`;

async function readMe(token: unknown): Promise<unknown> {
  const response = await fetch(`${stage.base}/v2/me`, {
    headers: { authorization: `Bearer ${String(token)}` },
  });
  return response.status === 200 ? response.json() : response.status;
}

const codeOf = (callback: URL): string => callback.searchParams.get('code') ?? '';

const simple = (authorizationMethod: 'header' | 'body', secret = web.secret): AuthorizationCode =>
  new AuthorizationCode({
    client: { id: web.app.id, secret },
    auth: {
      tokenHost: stage.base,
      tokenPath: '/oauth2/token',
      authorizePath: '/oauth2/auth',
      revokePath: '/oauth2/revoke',
    },
    options: { authorizationMethod },
  });

for (const method of ['header', 'body'] as const) {
  test(`simple-oauth2 signs in, refreshes and revokes with its secret in the ${method}`, async () => {
    const client = simple(method);
    const link = client.authorizeURL({ redirect_uri: CALLBACK, scope: [...SCOPES], state: 'a b' });
    const callback = await stage.allow(link);
    assert.equal(callback.searchParams.get('state'), 'a b');
    const grant = { code: codeOf(callback), redirect_uri: CALLBACK };
    const first = await client.getToken(grant);
    assert.equal(first.expired(), false);
    assertIsUser(await readMe(first.token['access_token']));
    const next = await first.refresh();
    assertIsUser(await readMe(next.token['access_token']));
    // Access token first, then refresh token: one call each.
    await next.revokeAll();
    assert.equal(await readMe(next.token['access_token']), 401);
    await assert.rejects(next.refresh(), (error) => {
      assert.ok(error instanceof Error && 'data' in error);
      const { payload } = error.data as { payload: { error: string } };
      assert.equal(payload.error, 'invalid_grant');
      return true;
    });
  });
}

test('simple-oauth2 hears of a wrong secret, and gets a token as a service', async () => {
  const grant = { code: 'none', redirect_uri: CALLBACK };
  await assert.rejects(simple('header', `${web.secret}x`).getToken(grant), /401 Unauthorized/);
  const service = await stage.register({ type: 'service', scopes: ['account.read'] });
  const client = new ClientCredentials({
    client: { id: service.app.id, secret: service.secret },
    auth: { tokenHost: stage.base, tokenPath: '/oauth2/token' },
  });
  const { token } = await client.getToken({ scope: 'account.read' });
  assert.equal(token['scope'], 'account.read');
});

const badgateway = ({ app: { id }, secret }: Registered): BadgatewayClient =>
  new BadgatewayClient({
    server: stage.base,
    clientId: id,
    ...(secret !== '' && { clientSecret: secret }),
    discoveryEndpoint: '/.well-known/oauth-authorization-server',
  });

for (const kind of ['secret', 'PKCE alone'] as const) {
  test(`@badgateway/oauth2-client discovers, signs in, refreshes and revokes with ${kind}`, async () => {
    const client = badgateway(kind === 'secret' ? web : app);
    const codeVerifier = await generateCodeVerifier();
    const state = crypto.randomUUID();
    const asked = { redirectUri: CALLBACK, state, codeVerifier, scope: [...SCOPES] };
    const callback = await stage.allow(await client.authorizationCode.getAuthorizeUri(asked));
    const token = await client.authorizationCode.getTokenFromCodeRedirect(callback, asked);
    assertIsUser(await readMe(token.accessToken));
    const fresh = await client.refreshToken(token);
    assertIsUser(await readMe(fresh.accessToken));
    if (kind === 'secret') assert.equal((await client.introspect(fresh)).active, true);
    await client.revoke(fresh, 'refresh_token');
    assert.equal(await readMe(fresh.accessToken), 401);
    await assert.rejects(client.refreshToken(fresh), { oauth2Code: 'invalid_grant' });
  });
}

test('@badgateway/oauth2-client hears of a denial and refuses a foreign state', async () => {
  const { authorizationCode } = badgateway(web);
  const asked = { redirectUri: CALLBACK, state: 'mine', scope: [...SCOPES] };
  const link = new URL(await authorizationCode.getAuthorizeUri(asked));
  link.searchParams.set('prompt', 'consent');
  await assert.rejects(authorizationCode.getTokenFromCodeRedirect(await stage.deny(link), asked), {
    oauth2Code: 'access_denied',
  });
  const foreign = { ...asked, state: 'theirs' };
  await assert.rejects(
    authorizationCode.getTokenFromCodeRedirect(await stage.allow(link), foreign),
    /state/,
  );
});

for (const kind of ['secret', 'PKCE alone'] as const) {
  test(`arctic signs in, refreshes and revokes with ${kind}`, async () => {
    const { app: registered, secret } = kind === 'secret' ? web : app;
    const client = new arctic.OAuth2Client(registered.id, secret === '' ? null : secret, CALLBACK);
    const [state, verifier] = [arctic.generateState(), arctic.generateCodeVerifier()];
    const link = client.createAuthorizationURLWithPKCE(
      endpoint('auth'),
      state,
      arctic.CodeChallengeMethod.S256,
      verifier,
      [...SCOPES],
    );
    const callback = await stage.allow(link);
    assert.equal(callback.searchParams.get('state'), state);
    const code = codeOf(callback);
    const tokens = await client.validateAuthorizationCode(endpoint('token'), code, verifier);
    assert.deepEqual(tokens.scopes(), SCOPE.split(' '));
    assert.ok(tokens.accessTokenExpiresAt() > new Date());
    assertIsUser(await readMe(tokens.accessToken()));
    const fresh = await client.refreshAccessToken(endpoint('token'), tokens.refreshToken(), []);
    assertIsUser(await readMe(fresh.accessToken()));
    await client.revokeToken(endpoint('revoke'), fresh.refreshToken());
    assert.equal(await readMe(fresh.accessToken()), 401);
    await assert.rejects(
      client.validateAuthorizationCode(endpoint('token'), code, verifier),
      (error) => error instanceof arctic.OAuth2RequestError && error.code === 'invalid_grant',
    );
  });
}
