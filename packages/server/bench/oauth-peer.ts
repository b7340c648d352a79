/**
 * The peer: oidc-provider as its documentation sets it up, with opaque tokens, introspection, client credentials and
 * refresh tokens that rotate. Writes no log. At start it makes tokens through its own models and leaves them in a file.
 */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import Provider from 'oidc-provider';
import { peerAdapters, type Commits } from './oauth-peer-adapter.ts';
import type { Basic, Wares } from './oauth-place.ts';

export interface PeerContent {
  readonly port: number;
  readonly database: string;
  /** Where its tokens are written. */
  readonly wares: string;
  readonly commits: Commits;
  readonly clients: Readonly<Record<'service' | 'resource' | 'web', Basic>>;
  readonly scopes: readonly string[];
  readonly tokens: number;
  readonly chains: number;
}

// The program that starts it writes this argument.
const content = JSON.parse(process.argv[2] ?? '') as PeerContent;
const { port, database, commits, clients, scopes } = content;
const scope = scopes.join(' ');
const issuer = `http://127.0.0.1:${port}`;
const CALLBACK = 'https://app.example.com/callback';

const clientOf = ({ id, secret }: Basic, grants: readonly string[]) => ({
  client_id: id,
  client_secret: secret,
  grant_types: [...grants],
  response_types: grants.includes('authorization_code') ? ['code' as const] : [],
  redirect_uris: grants.includes('authorization_code') ? [CALLBACK] : [],
  token_endpoint_auth_method: 'client_secret_basic' as const,
});

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const provider = new Provider(issuer, {
  adapter: peerAdapters(database, commits),
  clients: [
    clientOf(clients.service, ['client_credentials']),
    clientOf(clients.resource, ['client_credentials']),
    clientOf(clients.web, ['authorization_code', 'refresh_token']),
  ],
  // Without this name it registers no refresh tokens.
  scopes: [...scopes, 'offline_access'],
  features: {
    introspection: { enabled: true },
    clientCredentials: { enabled: true },
    revocation: { enabled: true },
    devInteractions: { enabled: false },
  },
  rotateRefreshToken: true,
  findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  jwks: { keys: [privateKey.export({ format: 'jwk' })] },
  cookies: { keys: ['a bench sets no cookies'] },
  // Its defaults are functions that remind of themselves on the console.
  ttl: { AccessToken: 3600, ClientCredentials: 3600, RefreshToken: 2_592_000, Grant: 2_592_000 },
});

writeFileSync(content.wares, JSON.stringify(await makeWares()));
provider.listen(port, '127.0.0.1');

async function makeWares(): Promise<Wares> {
  const client = await provider.Client.find(clients.web.id);
  if (client === undefined) throw new Error('the peer does not know its client');
  const grantOf = async (): Promise<{ accountId: string; grantId: string }> => {
    const accountId = crypto.randomUUID();
    const grant = new provider.Grant({ accountId, clientId: client.clientId });
    grant.addOIDCScope(scope);
    return { accountId, grantId: await grant.save() };
  };
  const shared = { client, gty: 'authorization_code', scope };
  const person = await grantOf();
  const tokens = await Promise.all(
    Array.from({ length: content.tokens }, () =>
      new provider.AccessToken({ ...shared, ...person }).save(),
    ),
  );
  const chains = await Promise.all(
    Array.from({ length: content.chains }, async () =>
      new provider.RefreshToken({ ...shared, ...(await grantOf()) }).save(),
    ),
  );
  return { tokens, chains };
}
