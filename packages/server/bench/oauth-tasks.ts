/** What is asked of each server, in its own words. */
import { basicOf, CALLBACK } from '../test/support/oauth.ts';
import { get, postForm, type Script } from './oauth-scripts.ts';
import type { OAuthPlace } from './oauth-place.ts';
import type { Contender } from './oauth-servers.ts';

export const TASKS = ['introspection', 'client_credentials', 'refresh_token'] as const;
export type Task = (typeof TASKS)[number];

export function scriptOf(
  task: Task,
  { clients }: Pick<OAuthPlace, 'clients'>,
  { paths, tokens, chains }: Contender,
): Script {
  if (task === 'refresh_token')
    return { kind: 'chains', path: paths.token, basic: basicOf(clients.web), chains };
  if (task === 'client_credentials') {
    const body = 'grant_type=client_credentials&scope=asset.read';
    return { kind: 'repeat', requests: [postForm(paths.token, basicOf(clients.service), body)] };
  }
  const basic = basicOf(clients.resource);
  const ask = (token: string): string =>
    postForm(paths.introspect, basic, `token=${token}&token_type_hint=access_token`);
  return { kind: 'repeat', requests: tokens.map(ask) };
}

/** Signed in, and the app was allowed before: nobody is asked, and a code comes at once. */
export function flowScript({ visited }: Pick<OAuthPlace, 'visited'>, cookie: string): Script {
  const redirectUri = CALLBACK;
  const clients = visited.map((client) => {
    const search = new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: redirectUri,
      scope: 'account.read asset.read offline',
      state: 'a-state-of-the-usual-length',
    });
    const authorize = get(`/oauth2/auth?${search.toString()}`, `cookie: ${cookie}`);
    return { authorize, basic: basicOf(client) };
  });
  return { kind: 'flow', redirectUri, clients };
}
