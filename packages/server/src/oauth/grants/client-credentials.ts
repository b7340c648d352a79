/** RFC 6749 section 4.4: a service acts as itself. Never for a user, and without refresh tokens (section 4.4.3). */
import { OAuthError } from '../error.ts';
import { readScopes } from '../requested-scopes.ts';
import { nameScopes } from '../scope.ts';
import { mintCredential } from '../tokens/format.ts';
import { accessSecondsOf } from '../tokens/issue.ts';
import { OFFLINE_SCOPES } from '../vocabulary.ts';
import { toldScopes, type GrantType } from './grant-type.ts';

/** Instances of one service at once. One that asks for a token before every call must not fill the database. */
const MOST_TOKENS = 1000;
/** Sorting a thousand costs as much as issuing forty, so it is done for one in so many. */
const ONE_IN = 256;

export const clientCredentials: GrantType = {
  name: 'client_credentials',
  parameters: ['scope'],
  clientTypes: ['service'],
  async redeem(endpoint, { client, secretId, parameters, now }) {
    const { storage, issuer, catalogue } = endpoint;
    // A service stands with its owner: for the checker it is disabled while they are no member of its account.
    if (client.ownerRole === null) throw new OAuthError('client_inactive', { client: client.id });
    const asked = readScopes(parameters.get('scope'), { client, catalogue });
    const scopes = asked.filter((scope) => !OFFLINE_SCOPES.includes(scope));
    const told = toldScopes(endpoint, scopes, client.ownerRole);
    if (told.length === 0 && scopes.length > 0)
      throw new OAuthError('scope_beyond_owner', {
        client: client.id,
        scopes: nameScopes(scopes),
      });
    const access = mintCredential(issuer.brand, 'oat', issuer.randomBytes);
    const expiresInSeconds = accessSecondsOf(issuer, client);
    const [chance = 0] = issuer.randomBytes(1);
    if (chance % ONE_IN === 0) await storage.accessTokens.keepNewestOwn(client.id, MOST_TOKENS);
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
      scopes: told,
      refreshToken: null,
      grantId: null,
    };
  },
};
