/** What people see of apps: the question, why it cannot be asked, and what they allowed. */
import { CALLBACK } from '../support/oauth.ts';
import { at, scene, type Scene } from './scenes.ts';
import type { World } from './world.ts';

const request =
  (changes: Readonly<Record<string, string>> = {}) =>
  ({ app }: World): string => {
    const parameters = new URLSearchParams({
      response_type: 'code',
      client_id: app.id,
      redirect_uri: CALLBACK,
      scope: app.scopes.join(' '),
      ...changes,
    });
    return `/oauth2/auth?${parameters.toString()}`;
  };

const ELSEWHERE = { redirect_uri: 'https://app.example.org/callback' };

export const APP_SCENES: readonly Scene[] = [
  scene('newcomer')('consent', 'GET /oauth2/auth', at(request())),
  scene('viewer')('consent-withheld', 'GET /oauth2/auth', at(request())),
  scene('long')('consent-long', 'GET /oauth2/auth', at(request({ scope: 'asset.read' }))),
  scene('visitor')('app-unknown', 'GET /oauth2/auth', at('/oauth2/auth?client_id=nobody')),
  scene('newcomer')('app-mismatch', 'GET /oauth2/auth', at(request(ELSEWHERE))),
  scene('ada')('app-mismatch-stranger', 'GET /oauth2/auth', at(request(ELSEWHERE))),
  scene('newcomer')('connections-none', 'GET /connections', at('/connections')),
  scene('ada')('connections', 'GET /connections', at('/connections')),
  scene('ada')(
    'connection',
    'GET /connections/:id',
    at(({ grantId }) => `/connections/${grantId}`),
  ),
];
