/** An app's settings as client libraries want them, runnable after its secret and a code are put in. */
import type { App } from '../../apps/types.ts';
import { PATHS } from '../../oauth/metadata.ts';
import { joinScopes } from '../../oauth/scope.ts';

export interface Settings {
  readonly id: string;
  readonly label: string;
  readonly code: string;
}

export interface SettingsOf {
  readonly app: Pick<
    App,
    'id' | 'type' | 'redirectUris' | 'scopes' | 'optionalScopes' | 'mayIntrospect'
  >;
  readonly brand: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** Whole where it is shown, else a placeholder. */
  readonly secret: string;
}

export function settingsFor(given: SettingsOf): readonly Settings[] {
  const { type, mayIntrospect } = given.app;
  const all = type === 'service' ? forService(given) : forPeople(given);
  return mayIntrospect ? [introspection(given), ...all] : all;
}

const forPeople = (given: SettingsOf): readonly Settings[] => [
  { id: 'curl', label: 'cURL', code: curlCode(given) },
  { id: 'openid-client', label: 'openid-client', code: openidClient(given) },
  { id: 'authjs', label: 'Auth.js', code: authJs(given) },
  { id: 'requests-oauthlib', label: 'requests-oauthlib', code: requestsOauthlib(given) },
  { id: 'go', label: 'golang.org/x/oauth2', code: goOauth2(given) },
];

const forService = (given: SettingsOf): readonly Settings[] => [
  { id: 'curl', label: 'cURL', code: curlService(given) },
  { id: 'openid-client', label: 'openid-client', code: openidService(given) },
  { id: 'requests-oauthlib', label: 'requests-oauthlib', code: requestsService(given) },
  { id: 'go', label: 'golang.org/x/oauth2', code: goService(given) },
];

const isPublic = ({ app }: SettingsOf): boolean => app.type === 'public';
const redirectUriOf = ({ app }: SettingsOf): string => app.redirectUris[0] ?? '';
const scopeOf = ({ app }: SettingsOf): string => joinScopes(app.scopes);
const isPlainHttp = ({ baseUrl }: SettingsOf): boolean => baseUrl.startsWith('http:');
const lines = (...parts: readonly (string | false)[]): string =>
  parts.filter((part) => part !== false).join('\n');

/** JavaScript, Python and Go agree on what JSON writes. */
const quote = (text: string): string => JSON.stringify(text);
/** For a POSIX shell. */
const shell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const basic = ({ app, secret }: SettingsOf): string => `  -u ${shell(`${app.id}:${secret}`)} \\`;

function curlCode(given: SettingsOf): string {
  const { app, baseUrl } = given;
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: app.id,
    redirect_uri: redirectUriOf(given),
    scope: scopeOf(given),
    code_challenge_method: 'S256',
  });
  const base64url = `openssl base64 -A | tr '+/' '-_' | tr -d '='`;
  return lines(
    `verifier=$(openssl rand 32 | ${base64url})`,
    `challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | ${base64url})`,
    `state=$(openssl rand -hex 16)`,
    '',
    '# Open this in a browser. It comes back to the redirect URI with the same state and a code.',
    `echo ${shell(`${baseUrl}${PATHS.authorize}?${query.toString()}`)}"&code_challenge=$challenge&state=$state"`,
    '',
    `curl ${baseUrl}${PATHS.token} \\`,
    isPublic(given) ? `  -d client_id=${app.id} \\` : basic(given),
    '  -d grant_type=authorization_code \\',
    "  -d code='<CODE>' \\",
    `  --data-urlencode redirect_uri=${shell(redirectUriOf(given))} \\`,
    '  -d code_verifier="$verifier"',
  );
}

const curlService = (given: SettingsOf): string =>
  lines(
    `curl ${given.baseUrl}${PATHS.token} \\`,
    basic(given),
    given.app.scopes.length > 0 && `  --data-urlencode scope=${shell(scopeOf(given))} \\`,
    '  -d grant_type=client_credentials',
  );

const introspection = (given: SettingsOf): Settings => ({
  id: 'introspection',
  label: 'Check a token',
  code: lines(
    `curl ${given.baseUrl}${PATHS.introspect} \\`,
    basic(given),
    '  --data-urlencode token=<TOKEN>',
  ),
});

function discovery(given: SettingsOf): string {
  const { app, baseUrl, secret } = given;
  const authentication = isPublic(given)
    ? 'client.None()'
    : `client.ClientSecretBasic(${quote(secret)})`;
  const insecure = isPlainHttp(given) ? ', execute: [client.allowInsecureRequests]' : '';
  return lines(
    'import * as client from "openid-client";',
    '',
    'const config = await client.discovery(',
    `  new URL(${quote(baseUrl)}),`,
    `  ${quote(app.id)},`,
    '  undefined,',
    `  ${authentication},`,
    `  { algorithm: "oauth2"${insecure} },`,
    ');',
  );
}

const openidClient = (given: SettingsOf): string =>
  lines(
    discovery(given),
    '',
    'const codeVerifier = client.randomPKCECodeVerifier();',
    'const state = client.randomState();',
    '// Keep both in the session, and send the browser here:',
    'const url = client.buildAuthorizationUrl(config, {',
    `  redirect_uri: ${quote(redirectUriOf(given))},`,
    `  scope: ${quote(scopeOf(given))},`,
    '  code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),',
    '  code_challenge_method: "S256",',
    '  state,',
    '});',
    '',
    '// At the redirect URI, with the address that the browser came with:',
    'const tokens = await client.authorizationCodeGrant(config, currentUrl, {',
    '  pkceCodeVerifier: codeVerifier,',
    '  expectedState: state,',
    '});',
  );

const openidService = (given: SettingsOf): string =>
  lines(
    discovery(given),
    '',
    'const tokens = await client.clientCredentialsGrant(config, {',
    given.app.scopes.length > 0 && `  scope: ${quote(scopeOf(given))},`,
    '});',
  );

function authJs(given: SettingsOf): string {
  const { app, baseUrl, brand, secret } = given;
  const id = brand.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return lines(
    `// Its redirect URI is https://<YOUR_SITE>/api/auth/callback/${id}: add it to the app.`,
    'import NextAuth from "next-auth";',
    '',
    'export const { handlers, auth, signIn, signOut } = NextAuth({',
    '  providers: [',
    '    {',
    `      id: ${quote(id)},`,
    `      name: ${quote(brand)},`,
    '      type: "oauth",',
    `      issuer: ${quote(baseUrl)},`,
    `      clientId: ${quote(app.id)},`,
    isPublic(given)
      ? '      client: { token_endpoint_auth_method: "none" },'
      : `      clientSecret: ${quote(secret)},`,
    '      authorization: {',
    `        url: ${quote(baseUrl + PATHS.authorize)},`,
    `        params: { scope: ${quote(scopeOf(given))} },`,
    '      },',
    `      token: ${quote(baseUrl + PATHS.token)},`,
    `      userinfo: ${quote(`${baseUrl}/v2/me`)},`,
    '      checks: ["pkce", "state"],',
    '      profile: (me) => ({ id: me.id, name: me.name, email: me.email, image: me.image_64 }),',
    '    },',
    '  ],',
    '});',
  );
}

const pythonScopes = ({ app }: SettingsOf): string => `[${app.scopes.map(quote).join(', ')}]`;

function pythonEnvironment(given: SettingsOf): string | false {
  const settings = [
    isPlainHttp(given) &&
      'os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # this server is plain http',
    given.app.optionalScopes.length > 0 &&
      'os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"  # people may leave out what is optional',
  ].filter((line) => line !== false);
  return settings.length > 0 && lines('import os', '', ...settings, '');
}

const requestsOauthlib = (given: SettingsOf): string =>
  lines(
    pythonEnvironment(given),
    'from requests_oauthlib import OAuth2Session',
    '',
    'session = OAuth2Session(',
    `    ${quote(given.app.id)},`,
    `    redirect_uri=${quote(redirectUriOf(given))},`,
    `    scope=${pythonScopes(given)},`,
    '    pkce="S256",',
    ')',
    '# Keep the state, and send the browser to the address:',
    `address, state = session.authorization_url(${quote(given.baseUrl + PATHS.authorize)})`,
    '',
    '# At the redirect URI, with the address that the browser came with:',
    'token = session.fetch_token(',
    `    ${quote(given.baseUrl + PATHS.token)},`,
    '    authorization_response=current_address,',
    isPublic(given) ? '    include_client_id=True,' : `    client_secret=${quote(given.secret)},`,
    ')',
  );

const requestsService = (given: SettingsOf): string =>
  lines(
    pythonEnvironment(given),
    'from oauthlib.oauth2 import BackendApplicationClient',
    'from requests_oauthlib import OAuth2Session',
    '',
    `client = BackendApplicationClient(${quote(given.app.id)}, scope=${pythonScopes(given)})`,
    'session = OAuth2Session(client=client)',
    'token = session.fetch_token(',
    `    ${quote(given.baseUrl + PATHS.token)},`,
    `    client_secret=${quote(given.secret)},`,
    ')',
  );

const goScopes = ({ app }: SettingsOf): string => `[]string{${app.scopes.map(quote).join(', ')}}`;

const goOauth2 = (given: SettingsOf): string =>
  lines(
    'config := &oauth2.Config{',
    `\tClientID:     ${quote(given.app.id)},`,
    !isPublic(given) && `\tClientSecret: ${quote(given.secret)},`,
    `\tRedirectURL:  ${quote(redirectUriOf(given))},`,
    `\tScopes:       ${goScopes(given)},`,
    '\tEndpoint: oauth2.Endpoint{',
    `\t\tAuthURL:   ${quote(given.baseUrl + PATHS.authorize)},`,
    `\t\tTokenURL:  ${quote(given.baseUrl + PATHS.token)},`,
    `\t\tAuthStyle: oauth2.AuthStyleIn${isPublic(given) ? 'Params' : 'Header'},`,
    '\t},',
    '}',
    '',
    'verifier := oauth2.GenerateVerifier()',
    '// Keep it with a random state, and send the browser here:',
    'address := config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier))',
    '',
    '// At the redirect URI, after comparing the state:',
    'token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))',
  );

const goService = (given: SettingsOf): string =>
  lines(
    'config := &clientcredentials.Config{',
    `\tClientID:     ${quote(given.app.id)},`,
    `\tClientSecret: ${quote(given.secret)},`,
    `\tTokenURL:     ${quote(given.baseUrl + PATHS.token)},`,
    `\tScopes:       ${goScopes(given)},`,
    '\tAuthStyle:    oauth2.AuthStyleInHeader,',
    '}',
    'client := config.Client(ctx)',
  );
