/** What the API, the pages and commands are given of the modules: acts and reads, and never storage. */
import type { ApiContext } from '../api/api-context.ts';
import type { Elapsed } from '../kit/clock.ts';
import { pick } from '../kit/pick.ts';
import type { PortalContext } from '../portal/portal-context.ts';
import type { Modules } from './modules.ts';

export const apiContextOf = (modules: Modules, elapsed: Elapsed): ApiContext => ({
  ...pick(modules, 'checker', 'tokens', 'usage', 'fairShare', 'refusedCredentials', 'catalogues'),
  config: pick(modules.config, 'brand', 'server', 'rateLimit'),
  clock: modules.clock,
  accounts: pick(modules.accounts, 'reads'),
  authorization: pick(
    modules.authorization,
    'apps',
    'consent',
    'protocol',
    'grantUsage',
    'secretUsage',
    'endAccessToken',
  ),
  signingKeys: pick(modules.signingKeys, 'published'),
  elapsed,
});

type Authorization = 'apps' | 'consent' | 'answers' | 'grantUsage' | 'secretUsage' | 'authorize';

export const authorizationOf = ({
  authorization,
  catalogues,
}: Modules): Pick<PortalContext, Authorization> => ({
  ...pick(authorization, 'apps', 'consent', 'answers', 'grantUsage', 'secretUsage'),
  authorize: {
    clients: pick(authorization.tokenEndpoint.storage.clients, 'byId'),
    catalogues,
  },
});

export type CommandContext = Pick<
  Modules,
  'config' | 'clock' | 'accounts' | 'tokens' | 'catalogues' | 'signingKeys'
> & { readonly authorization: Pick<Modules['authorization'], 'apps' | 'consent'> };

export const commandContextOf = (modules: Modules): CommandContext => ({
  ...pick(modules, 'config', 'clock', 'accounts', 'tokens', 'catalogues', 'signingKeys'),
  authorization: pick(modules.authorization, 'apps', 'consent'),
});
