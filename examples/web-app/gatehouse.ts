/** All that this app says to Gatehouse: OAuth 2 by openid-client, and one call of the API. */
import * as client from 'openid-client';

/** Lets the app read who its user is, and refresh what it holds while the user is away. */
const SCOPE = 'account.read offline';

/** Kept in the user's session between the link and the callback, so that the answer to somebody else's link is refused. */
export interface Begun {
  readonly state: string;
  readonly verifier: string;
}

/** Kept on the server, never in the browser. */
export interface Tokens {
  readonly access: string;
  readonly refresh: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly scope: string;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** The user pressed Deny. */
export class Denied extends Error {}

/** The tokens work no longer: the user took them back, or they ran out. */
export class Disconnected extends Error {}

export interface Gatehouse {
  beginSignIn(): Promise<{ link: URL; begun: Begun }>;
  finishSignIn(callback: URL, begun: Begun): Promise<Tokens>;
  refresh(tokens: Tokens): Promise<Tokens>;
  readMe(tokens: Tokens): Promise<User>;
  revoke(tokens: Tokens): Promise<void>;
}

export interface GatehouseSettings {
  readonly gatehouseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

export async function connectToGatehouse(settings: GatehouseSettings): Promise<Gatehouse> {
  const { gatehouseUrl, clientId, clientSecret, redirectUri } = settings;
  const server = new URL(gatehouseUrl);
  // Reads where the endpoints are (RFC 8414). Plain HTTP is for trying things out on one machine.
  const isPlain = server.protocol === 'http:';
  const authentication = client.ClientSecretBasic(clientSecret);
  const config = await client.discovery(server, clientId, clientSecret, authentication, {
    algorithm: 'oauth2',
    execute: isPlain ? [client.allowInsecureRequests] : [],
  });

  return {
    async beginSignIn() {
      const verifier = client.randomPKCECodeVerifier();
      const state = client.randomState();
      const link = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: SCOPE,
        state,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { link, begun: { state, verifier } };
    },

    /** Checks `state` and `iss`, then exchanges the code together with the verifier. */
    async finishSignIn(callback, { state, verifier }) {
      const checks = { expectedState: state, pkceCodeVerifier: verifier };
      const answer = client.authorizationCodeGrant(config, callback, checks);
      return tokensOf(await answer.catch(denied));
    },

    /** The refresh token changes with every refresh. A refresh whose answer was lost can be repeated within a minute. */
    async refresh(tokens) {
      const answer = client.refreshTokenGrant(config, tokens.refresh);
      return tokensOf(await answer.catch(disconnectedBy('invalid_grant')));
    },

    async readMe({ access }) {
      const me = new URL('/v2/me', server);
      const answer = client.fetchProtectedResource(config, access, me, 'GET');
      const response = await answer.catch(disconnectedBy('invalid_token'));
      if (!response.ok) throw new Error(`the API answered ${response.status}`);
      return (await response.json()) as User;
    },

    /** Ends the refresh token, and with it every access token that came of it. */
    async revoke({ refresh }) {
      await client.tokenRevocation(config, refresh, { token_type_hint: 'refresh_token' });
    },
  };
}

type Answer = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

function tokensOf(answer: Answer): Tokens {
  const { access_token: access, refresh_token: refresh, scope = SCOPE } = answer;
  if (refresh === undefined) throw new Error('no refresh token came: was offline left out?');
  return { access, refresh, scope, expiresAt: Date.now() + (answer.expiresIn() ?? 0) * 1000 };
}

function denied(error: unknown): never {
  const isDenied =
    error instanceof client.AuthorizationResponseError && error.error === 'access_denied';
  throw isDenied ? new Denied() : error;
}

/** Tells the end of the access, which is everyday life, from what is broken. */
const disconnectedBy =
  (code: 'invalid_grant' | 'invalid_token') =>
  (error: unknown): never => {
    const isInBody = error instanceof client.ResponseBodyError && error.error === code;
    const isInHeader =
      error instanceof client.WWWAuthenticateChallengeError &&
      error.cause.some(({ parameters }) => parameters.error === code);
    throw isInBody || isInHeader ? new Disconnected() : error;
  };
