/** RFC 7009: a client gives back a token of its own. Unknown tokens are no error (section 2.2). */
import { equalBytes } from '../../kit/hash.ts';
import { OAuthError } from '../error.ts';
import type { OAuthStores } from '../ports.ts';
import type { Client } from '../vocabulary.ts';
import { parseCredential, type Credential } from './format.ts';

export interface RevocationContext {
  readonly storage: OAuthStores;
  readonly brand: string;
}

export interface Revocation {
  readonly client: Client;
  readonly token: string;
  readonly now: number;
}

/** Answers whether anything ended. A refresh token takes its family with it (section 2.1), an access token only itself. */
export async function revokeToken(
  { storage, brand }: RevocationContext,
  revocation: Revocation,
): Promise<boolean> {
  const credential = parseCredential(brand, revocation.token);
  if (credential?.kind === 'ort') return revokeFamily(storage, credential, revocation);
  if (credential?.kind === 'oat') return revokeAccessToken(storage, credential, revocation);
  return false;
}

async function revokeFamily(
  { families }: OAuthStores,
  { id, hash }: Credential,
  { client, now }: Revocation,
): Promise<boolean> {
  const family = (await families.standing(id))?.family;
  // The one before the newest counts too: the client may never have got the answer to its last refresh.
  const hashes = [family?.refreshHash, family?.previousHash];
  const isHeld = hashes.some((known) => known instanceof Uint8Array && equalBytes(known, hash));
  if (family === undefined || !isHeld) return false;
  assertOwn(client, family.clientId);
  return families.revoke(id, now);
}

async function revokeAccessToken(
  { accessTokens }: OAuthStores,
  { id, hash }: Credential,
  { client, now }: Revocation,
): Promise<boolean> {
  const token = await accessTokens.byId(id);
  if (token === null || !equalBytes(token.secretHash, hash)) return false;
  assertOwn(client, token.clientId);
  return accessTokens.revoke(id, now);
}

/** RFC 7009 section 2.1: whoever holds another client's token is told that it is not theirs to end. */
function assertOwn(client: Client, clientId: string): void {
  if (client.id !== clientId) throw new OAuthError('foreign_token', { client: client.id });
}
