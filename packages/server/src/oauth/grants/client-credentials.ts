/** RFC 6749 section 4.4: a service acts as itself. Never for a user, and without refresh tokens (section 4.4.3). */
import { readScopes } from '../requested-scopes.ts';
import { mintCredential } from '../tokens/format.ts';
import { accessSecondsOf } from '../tokens/issue.ts';
import { OFFLINE_SCOPES } from '../vocabulary.ts';
import type { GrantType } from './grant-type.ts';

export const clientCredentials: GrantType = {
  name: 'client_credentials',
  parameters: ['scope'],
  clientTypes: ['service'],
  async redeem({ storage, issuer, catalogue }, { client, secretId, parameters, now }) {
    const asked = readScopes(parameters.get('scope'), { client, catalogue });
    const scopes = asked.filter((scope) => !OFFLINE_SCOPES.includes(scope));
    const access = mintCredential(issuer.brand, 'oat', issuer.randomBytes);
    const expiresInSeconds = accessSecondsOf(issuer, client);
    await storage.accessTokens.insert({
      id: access.id,
      secretHash: access.hash,
      clientId: client.id,
      familyId: null,
      userId: null,
      secretId,
      accountId: client.accountId,
      scopes,
      generation: 1,
      createdAt: now,
      expiresAt: now + expiresInSeconds,
      revokedAt: null,
    });
    return {
      accessToken: access.value,
      expiresInSeconds,
      scopes,
      refreshToken: null,
      grantId: null,
    };
  },
};
