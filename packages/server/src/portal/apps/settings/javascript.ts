/** ECMAScript modules: for a file that ends in `.mjs`. */
import { PATHS } from '../../../oauth/metadata.ts';
import {
  ASK_SECRET,
  asksSecret,
  isPlainHttp,
  isPublic,
  lines,
  OPEN,
  PASTE,
  quote,
  redirectUriOf,
  scopeOf,
  type SettingsOf,
} from './printed.ts';

const ask = (prompt: string): string => `await terminal.question(${quote(prompt)})`;

const TERMINAL =
  'const terminal = createInterface({ input: process.stdin, output: process.stderr });';

function discovery(given: SettingsOf, isAsking: boolean): string {
  const { app, baseUrl, secret } = given;
  const value = secret === null ? ask(ASK_SECRET) : quote(secret);
  const authentication = isPublic(given) ? 'client.None()' : `client.ClientSecretBasic(${value})`;
  const insecure = isPlainHttp(given) ? ', execute: [client.allowInsecureRequests]' : '';
  return lines(
    isAsking && 'import { createInterface } from "node:readline/promises";',
    'import * as client from "openid-client";',
    '',
    isAsking && TERMINAL,
    'const config = await client.discovery(',
    `  new URL(${quote(baseUrl)}),`,
    `  ${quote(app.id)},`,
    '  undefined,',
    `  ${authentication},`,
    `  { algorithm: "oauth2"${insecure} },`,
    ');',
  );
}

export const openidForPeople = (given: SettingsOf): string =>
  lines(
    discovery(given, true),
    '',
    '// A server keeps both in the session of the browser.',
    'const codeVerifier = client.randomPKCECodeVerifier();',
    'const state = client.randomState();',
    'const url = client.buildAuthorizationUrl(config, {',
    `  redirect_uri: ${quote(redirectUriOf(given))},`,
    `  scope: ${quote(scopeOf(given))},`,
    '  code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),',
    '  code_challenge_method: "S256",',
    '  state,',
    '});',
    `console.error(${quote(OPEN)});`,
    'console.log(url.href);',
    '',
    `const currentUrl = new URL(${ask(PASTE)});`,
    'terminal.close();',
    'const tokens = await client.authorizationCodeGrant(config, currentUrl, {',
    '  pkceCodeVerifier: codeVerifier,',
    '  expectedState: state,',
    '});',
    'console.log(tokens.access_token);',
  );

export const openidForService = (given: SettingsOf): string =>
  lines(
    discovery(given, asksSecret(given)),
    asksSecret(given) && 'terminal.close();',
    '',
    'const tokens = await client.clientCredentialsGrant(config, {',
    given.app.scopes.length > 0 && `  scope: ${quote(scopeOf(given))},`,
    '});',
    'console.log(tokens.access_token);',
  );

export function authJs(given: SettingsOf): string {
  const { app, baseUrl, brand, secret } = given;
  const id = brand.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const variable = `AUTH_${id.toUpperCase().replaceAll('-', '_')}_SECRET`;
  return lines(
    `// Auth.js comes back to /api/auth/callback/${id} of your site: add that to the redirect URIs of the app.`,
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
      : `      clientSecret: ${secret === null ? `process.env.${variable}` : quote(secret)},`,
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
