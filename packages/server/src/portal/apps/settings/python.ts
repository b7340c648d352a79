import { PATHS } from '../../../oauth/metadata.ts';
import {
  ASK_SECRET,
  isPlainHttp,
  isPublic,
  lines,
  OPEN,
  PASTE,
  quote,
  redirectUriOf,
  type SettingsOf,
} from './printed.ts';

const scopesOf = ({ app }: SettingsOf): string => `[${app.scopes.map(quote).join(', ')}]`;

const secretOf = ({ secret }: SettingsOf): string =>
  secret === null ? `input(${quote(ASK_SECRET)})` : quote(secret);

function environment(given: SettingsOf): string | false {
  const settings = [
    isPlainHttp(given) &&
      'os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # this server is plain http',
    given.app.optionalScopes.length > 0 &&
      'os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"  # people may leave out what is optional',
  ].filter((line) => line !== false);
  return settings.length > 0 && lines('import os', '', ...settings, '');
}

export const requestsForPeople = (given: SettingsOf): string =>
  lines(
    environment(given),
    'from requests_oauthlib import OAuth2Session',
    '',
    'session = OAuth2Session(',
    `    ${quote(given.app.id)},`,
    `    redirect_uri=${quote(redirectUriOf(given))},`,
    `    scope=${scopesOf(given)},`,
    '    pkce="S256",',
    ')',
    '# A server keeps the state in the session of the browser.',
    `address, state = session.authorization_url(${quote(given.baseUrl + PATHS.authorize)})`,
    `print(${quote(OPEN)})`,
    'print(address, flush=True)',
    '',
    'token = session.fetch_token(',
    `    ${quote(given.baseUrl + PATHS.token)},`,
    `    authorization_response=input(${quote(PASTE)}),`,
    isPublic(given) ? '    include_client_id=True,' : `    client_secret=${secretOf(given)},`,
    ')',
    'print(token["access_token"])',
  );

export const requestsForService = (given: SettingsOf): string =>
  lines(
    environment(given),
    'from oauthlib.oauth2 import BackendApplicationClient',
    'from requests_oauthlib import OAuth2Session',
    '',
    `client = BackendApplicationClient(${quote(given.app.id)}, scope=${scopesOf(given)})`,
    'session = OAuth2Session(client=client)',
    'token = session.fetch_token(',
    `    ${quote(given.baseUrl + PATHS.token)},`,
    `    client_secret=${secretOf(given)},`,
    ')',
    'print(token["access_token"])',
  );
