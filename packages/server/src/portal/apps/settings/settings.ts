/**
 * An app's settings as programs with popular client libraries. Each runs as it is printed: what a page does not show, and what
 * only the browser of a person knows, it asks for.
 */
import { curlForPeople, curlForService, curlIntrospection } from './curl.ts';
import { goForPeople, goForService } from './go.ts';
import { authJs, openidForPeople, openidForService } from './javascript.ts';
import type { SettingsOf } from './printed.ts';
import { requestsForPeople, requestsForService } from './python.ts';

export interface Settings {
  readonly id: string;
  readonly label: string;
  readonly code: string;
}

export function settingsFor(given: SettingsOf): readonly Settings[] {
  const { type, mayIntrospect } = given.app;
  const all = type === 'service' ? forService(given) : forPeople(given);
  return mayIntrospect ? [introspection(given), ...all] : all;
}

const forPeople = (given: SettingsOf): readonly Settings[] => [
  { id: 'curl', label: 'cURL', code: curlForPeople(given) },
  { id: 'openid-client', label: 'openid-client', code: openidForPeople(given) },
  { id: 'authjs', label: 'Auth.js', code: authJs(given) },
  { id: 'requests-oauthlib', label: 'requests-oauthlib', code: requestsForPeople(given) },
  { id: 'go', label: 'golang.org/x/oauth2', code: goForPeople(given) },
];

const forService = (given: SettingsOf): readonly Settings[] => [
  { id: 'curl', label: 'cURL', code: curlForService(given) },
  { id: 'openid-client', label: 'openid-client', code: openidForService(given) },
  { id: 'requests-oauthlib', label: 'requests-oauthlib', code: requestsForService(given) },
  { id: 'go', label: 'golang.org/x/oauth2', code: goForService(given) },
];

const introspection = (given: SettingsOf): Settings => ({
  id: 'introspection',
  label: 'Check a token',
  code: curlIntrospection(given),
});
