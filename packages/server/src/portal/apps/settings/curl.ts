/** For a POSIX shell, in a subshell: a terminal that all of it is pasted into reads it whole before it asks. */
import { PATHS } from '../../../oauth/metadata.ts';
import {
  ASK_SECRET,
  isPublic,
  lines,
  OPEN,
  PASTE,
  redirectUriOf,
  scopeOf,
  type SettingsOf,
} from './printed.ts';

const shell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const ask = (prompt: string, variable: string): string =>
  `printf %s ${shell(prompt)} >&2; read -r ${variable}`;

const askSecret = ({ secret }: SettingsOf): string =>
  secret === null ? ask(ASK_SECRET, 'secret') : `secret=${shell(secret)}`;

const basic = ({ app }: SettingsOf): string => `  -u ${shell(app.id)}:"$secret" \\`;

export function curlForPeople(given: SettingsOf): string {
  const { app, baseUrl } = given;
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: app.id,
    redirect_uri: redirectUriOf(given),
    scope: scopeOf(given),
    code_challenge_method: 'S256',
  });
  const base64url = `openssl base64 -A | tr '+/' '-_' | tr -d '='`;
  const parameter = (name: string): string =>
    `$(printf %s "$address" | sed -n 's/.*[?&]${name}=\\([^&#]*\\).*/\\1/p')`;
  return lines(
    '(',
    !isPublic(given) && askSecret(given),
    `verifier=$(openssl rand 32 | ${base64url})`,
    `challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | ${base64url})`,
    `state=$(openssl rand -hex 16)`,
    '',
    `echo ${shell(OPEN)} >&2`,
    `echo ${shell(`${baseUrl}${PATHS.authorize}?${query.toString()}`)}"&code_challenge=$challenge&state=$state"`,
    ask(PASTE, 'address'),
    `[ "${parameter('state')}" = "$state" ] || { echo 'This answers another request.' >&2; exit 1; }`,
    '',
    `curl ${shell(baseUrl + PATHS.token)} \\`,
    isPublic(given) ? `  -d client_id=${shell(app.id)} \\` : basic(given),
    '  -d grant_type=authorization_code \\',
    `  -d code="${parameter('code')}" \\`,
    `  --data-urlencode redirect_uri=${shell(redirectUriOf(given))} \\`,
    '  -d code_verifier="$verifier"',
    ')',
  );
}

export const curlForService = (given: SettingsOf): string =>
  lines(
    '(',
    askSecret(given),
    `curl ${shell(given.baseUrl + PATHS.token)} \\`,
    basic(given),
    given.app.scopes.length > 0 && `  --data-urlencode scope=${shell(scopeOf(given))} \\`,
    '  -d grant_type=client_credentials',
    ')',
  );

export const curlIntrospection = (given: SettingsOf): string =>
  lines(
    '(',
    askSecret(given),
    ask('Token to check: ', 'token'),
    `curl ${shell(given.baseUrl + PATHS.introspect)} \\`,
    basic(given),
    '  --data-urlencode token="$token"',
    ')',
  );
