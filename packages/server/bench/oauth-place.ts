/** What the OAuth endpoints are measured with: three apps, access tokens, and refresh tokens that each start a chain. */
import type { Modules } from '../src/compose/modules.ts';
import { answerTokenRequest } from '../src/oauth/grants/pipeline.ts';
import {
  approve,
  basicOf,
  CALLBACK,
  registerApp,
  type Basic,
  type Registered,
} from '../test/support/oauth.ts';
import { makeWorkplace, type Workplace } from './workplace.ts';

export type { Basic };

/** What a server under measurement has issued before it starts. */
export interface Wares {
  /** Access tokens to ask about. */
  readonly tokens: readonly string[];
  /** Refresh tokens, one a connection. */
  readonly chains: readonly string[];
}

export const SCOPES = ['account.read', 'asset.read', 'asset.create', 'offline'];
export const SERVICE_SCOPES = ['account.read', 'asset.read'];

export interface OAuthPlace extends Wares {
  readonly workplace: Workplace;
  readonly clients: Readonly<Record<'service' | 'resource' | 'web', Basic>>;
  /** Apps that the user has allowed, one a connection: of one grant only so many sign-ins are kept. */
  readonly visited: readonly Basic[];
}

export interface Amounts {
  readonly tokens: number;
  readonly chains: number;
}

export async function makeOAuthPlace(amounts: Amounts): Promise<OAuthPlace> {
  const workplace = await makeWorkplace();
  const { modules, user } = workplace;
  await modules.storage.users.update(user.id, { emailVerifiedAt: 1 });
  const service = await registerApp(modules, user, { type: 'service', scopes: SERVICE_SCOPES });
  const resource = await registerApp(modules, user, { type: 'service', scopes: SERVICE_SCOPES });
  await modules.storage.apps.update(resource.app.id, { mayIntrospect: true }, 1);
  const web = await registerApp(modules, user, { scopes: SCOPES });
  const visited = await makeVisited(workplace, amounts.chains);
  const chains = await issue(workplace, web, amounts.chains);
  const tokens: Issued[] = [];
  for (let left = amounts.tokens; left > 0; left -= MOST_OF_ONE_APP) {
    const app = await registerApp(modules, user, { scopes: SCOPES });
    tokens.push(...(await issue(workplace, app, Math.min(left, MOST_OF_ONE_APP))));
  }
  await workplace.close();
  return {
    workplace,
    clients: {
      service: basic(service),
      resource: basic(resource),
      web: basic(web),
    },
    visited,
    tokens: tokens.map(({ access }) => access),
    chains: chains.map(({ refresh }) => refresh),
  };
}

async function makeVisited(workplace: Workplace, count: number): Promise<readonly Basic[]> {
  const { modules, user } = workplace;
  const visited: Basic[] = [];
  while (visited.length < count) {
    const registered = await registerApp(modules, user, { scopes: SCOPES });
    await issue(workplace, registered, 1);
    visited.push(basic(registered));
  }
  return visited;
}

const basic = ({ app, secret }: Registered): Basic => ({ id: app.id, secret });

interface Issued {
  readonly access: string;
  readonly refresh: string;
}

/** Below the number of token families that are kept of one grant. */
const MOST_OF_ONE_APP = 80;

/** Codes that the user's consent gives, exchanged. */
const issue = (
  { modules, user }: Workplace,
  registered: Registered,
  count: number,
): Promise<readonly Issued[]> =>
  Promise.all(
    Array.from({ length: count }, async () =>
      redeem(modules, registered, await approve(modules, { user, app: registered.app })),
    ),
  );

async function redeem(
  { authorization, clock }: Modules,
  registered: Registered,
  code: string,
): Promise<Issued> {
  const { issued } = await answerTokenRequest(authorization.tokenEndpoint, {
    authorization: basicOf(basic(registered)),
    body: { grant_type: 'authorization_code', code, redirect_uri: CALLBACK },
    caller: { address: '127.0.0.1', agent: 'bench' },
    now: clock(),
  });
  if (issued.refreshToken === null) throw new Error('no refresh token was issued');
  return { access: issued.accessToken, refresh: issued.refreshToken };
}
