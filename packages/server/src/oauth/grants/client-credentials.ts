/** RFC 6749 section 4.4: a service acts as itself. Never for a user, and without refresh tokens (section 4.4.3). */
import { OAuthError } from '../error.ts';
import { readScopes } from '../authorize/requested-scopes.ts';
import { nameScopes } from '../../catalogue/catalogue.ts';
import { OFFLINE_SCOPES } from '../vocabulary.ts';
import { toldScopes, type Granted, type GrantType } from './grant-type.ts';

export const clientCredentials: GrantType = {
  name: 'client_credentials',
  parameters: ['scope'],
  async redeem(endpoint, { client, secretId, parameters, resources }): Promise<Granted> {
    // A service stands with its owner: for the checker it is disabled while they are no member of its account, or there is none.
    if (client.ownerRole === null || client.accountId === null)
      throw new OAuthError('client_inactive', { client: client.id });
    const catalogue = endpoint.catalogues.current();
    const asked = readScopes(parameters.get('scope'), { client, catalogue });
    const kept = asked.filter((scope) => !OFFLINE_SCOPES.includes(scope));
    const told = toldScopes(endpoint, kept, client.ownerRole);
    if (told.length === 0 && kept.length > 0)
      throw new OAuthError('scope_beyond_owner', { client: client.id, scopes: nameScopes(kept) });
    return {
      outcome: 'granted',
      scopes: { kept, told },
      resources: resources ?? catalogue.onlyFirst,
      holder: { kind: 'client', secretId, accountId: client.accountId },
    };
  },
};
