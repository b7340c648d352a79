/** Introspection of a refresh token (RFC 7662): a client may ask whether its own still works, and nobody else is told that there is one. */
import { equalBytes } from '../../kit/hash.ts';
import { leftOf, toldScopes, type TokenEndpoint } from '../grants/grant-type.ts';
import { isOffline, type Client, type TokenFamily } from '../vocabulary.ts';
import { parseRefreshToken } from './refresh-token.ts';

export interface RefreshQuestion {
  /** Authenticated. */
  readonly client: Client;
  readonly token: string;
  readonly now: number;
}

export interface LiveRefresh {
  readonly family: TokenFamily;
  /** What a refresh would tell now. */
  readonly scopes: readonly string[];
  readonly endsAt: number;
}

export async function inspectRefresh(
  endpoint: Pick<TokenEndpoint, 'storage' | 'issuer' | 'catalogues' | 'firstUses'>,
  { client, token, now }: RefreshQuestion,
): Promise<LiveRefresh | null> {
  const credential = parseRefreshToken(endpoint.issuer, token);
  const standing =
    credential === null ? null : await endpoint.storage.families.standing(credential.id);
  if (credential === null || standing === null) return null;
  const { family, grantRevokedAt, userSuspendedAt, role } = standing;
  const isOwn = family.clientId === client.id;
  const isNewest = family.refreshHash !== null && equalBytes(family.refreshHash, credential.hash);
  const endsAt = Math.min(family.refreshExpiresAt ?? 0, family.endsAt);
  const isLive = family.revokedAt === null && grantRevokedAt === null && endsAt > now;
  const scopes = leftOf(family.scopes, standing);
  const isOver = !isLive || !isOffline(scopes) || userSuspendedAt !== null || role === null;
  if (!isOwn || !isNewest || isOver) return null;
  // Whoever asks about it has it, and needs no retry of the refresh that made it.
  endpoint.firstUses.note({ familyId: family.id, generation: family.generation });
  return { family, scopes: toldScopes(endpoint, scopes, role), endsAt };
}
