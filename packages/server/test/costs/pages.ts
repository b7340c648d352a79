/** Every page and every answer of the API that a route shows, asked for as whoever owns what it is about. */
import assert from 'node:assert/strict';
import type { Route } from '../../src/http/route.ts';
import { CALLBACK } from '../support/oauth.ts';
import { makeToken, type Person, type Stage } from './people.ts';
import type { Riches } from './riches.ts';

/** Which id stands in a path, by its beginning. */
const IDS: readonly (readonly [start: string, name: keyof Riches])[] = [
  ['/v2/accounts/', 'accountId'],
  ['/v2/teams/', 'teamId'],
  ['/v2/users/', 'userId'],
  ['/v2/tokens/', 'tokenId'],
  ['/v2/apps/', 'appId'],
  ['/admin/people/', 'userId'],
  ['/admin/apps/', 'appId'],
  ['/admin/tokens/', 'tokenId'],
  ['/apps/offers/', 'offerId'],
  ['/apps/', 'appId'],
  ['/tokens/', 'tokenId'],
  ['/connections/', 'grantId'],
  ['/dev/mailbox/', 'mailId'],
];

/** Who looks: whoever it belongs to, and an operator at what only operators see. */
export interface Looking {
  readonly stage: Stage;
  readonly me: Person;
  readonly operator: Person;
  readonly riches: Riches;
  readonly bearer: string;
}

export async function lookAs(stage: Stage, me: Person, riches: Riches): Promise<Looking> {
  const { value } = await makeToken(stage.running, me.user);
  const operator = await stage.person({ isOperator: true });
  return { stage, me, operator, riches, bearer: value };
}

/** Pages and answers; stylesheets and the checks of a load balancer show nothing of anybody. */
export const isShowing = ({ method, family }: Route): boolean =>
  method === 'GET' && family !== 'operations';

export function addressOf({ path }: Route, riches: Riches): string {
  if (path === '/oauth2/auth') return requestOf(riches);
  const found = IDS.find(([start]) => path.startsWith(start));
  const id = found === undefined ? ':id' : riches[found[1]];
  const address = path.replace(':id', id);
  assert.doesNotMatch(address, /:/, `what ${path} is about has no id in test/costs/pages.ts`);
  return address;
}

const requestOf = ({ appId }: Riches): string =>
  `/oauth2/auth?${new URLSearchParams({
    response_type: 'code',
    client_id: appId,
    redirect_uri: CALLBACK,
    scope: 'asset.read',
  }).toString()}`;

export interface Shown {
  readonly status: number;
  readonly body: string;
  /** Addresses of other pages of the same list. */
  readonly beside: readonly string[];
}

/** One answer; redirects are not followed. */
export async function look(
  { stage, me, operator, bearer }: Looking,
  { family, access }: Route,
  address: string,
): Promise<Shown> {
  if (family === 'portal') {
    const { visitor } = access.kind === 'operator' ? operator : me;
    const { status, html, location } = await visitor.send('GET', address, {});
    assert.ok(status < 400 || access.kind === 'public', `${address}: ${status}`);
    assert.doesNotMatch(location ?? '', /sign-in/, address);
    const links = [...html.matchAll(/href="([^"]*[?&;]cursor=[^"]*)"/g)];
    const beside = links.map(([, href = '']) => href.replaceAll('&amp;', '&'));
    return { status, body: html, beside };
  }
  const headers = { authorization: `Bearer ${bearer}` };
  const response = await fetch(stage.running.base + address, { headers });
  const body = await response.text();
  assert.ok(response.status < 400, `${address}: ${response.status} ${body}`);
  const next = /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  return { status: response.status, body, beside: next === undefined ? [] : [next] };
}
