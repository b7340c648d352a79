/** RFC 7009: a client gives back a token of its own. Unknown tokens are no error (section 2.2). */
import { URGENT } from '../../kit/urgency.ts';
import { equalBytes } from '../../kit/hash.ts';
import { OAuthError } from '../error.ts';
import type { OAuthStorage } from '../ports.ts';
import type { Client } from '../vocabulary.ts';
import { parseCredential, type Credential } from './format.ts';
import { parseRefreshToken, type RefreshTokenMaker } from './refresh-token.ts';

export interface RevocationContext {
  readonly storage: OAuthStorage;
  readonly issuer: RefreshTokenMaker;
}

export interface Revocation {
  readonly client: Client;
  readonly token: string;
  readonly now: number;
}

/** A refresh token takes its family with it (section 2.1), an access token only itself. */
export async function revokeToken(
  { storage, issuer }: RevocationContext,
  revocation: Revocation,
): Promise<void> {
  const refresh = parseRefreshToken(issuer, revocation.token);
  if (refresh !== null) return revokeFamily(storage, refresh, revocation);
  const credential = parseCredential(issuer.brand, revocation.token);
  if (credential?.kind === 'oat') await revokeAccessToken(storage, credential, revocation);
}

/**
 * Any token of the family will do, however old, as its reuse would end the family too: the client may not have got the
 * answers to its last refreshes, or another part of it was refreshing at that moment.
 */
async function revokeFamily(
  storage: OAuthStorage,
  { id }: Credential,
  { client, now }: Revocation,
): Promise<void> {
  const family = (await storage.families.standing(id))?.family;
  if (family === undefined) return;
  assertOwn(client, family.clientId);
  await storage.transaction(({ families }) => families.revoke(id, now), URGENT);
}

async function revokeAccessToken(
  storage: OAuthStorage,
  { id, hash }: Credential,
  { client, now }: Revocation,
): Promise<void> {
  const token = await storage.accessTokens.byId(id);
  if (token === null || !equalBytes(token.secretHash, hash)) return;
  assertOwn(client, token.clientId);
  const { familyId, generation } = token;
  // Whoever gives it back has it.
  await storage.transaction(async ({ families, accessTokens }) => {
    if (familyId !== null) await families.endRetries([{ familyId, generation }]);
    await accessTokens.revoke(id, now);
  }, URGENT);
}

/** RFC 7009 section 2.1: whoever holds another client's token is told that it is not theirs to end. */
function assertOwn(client: Client, clientId: string): void {
  if (client.id !== clientId) throw new OAuthError('foreign_token', { client: client.id });
}
