/**
 * E-mailed proofs. The secret in the link is an HMAC of the proof's id, made when the message is sent:
 * neither the database nor the outbox ever holds a link that works.
 */
import { equalBytes, hmacSha256 } from '../kit/hash.ts';
import { isUuid } from '../kit/ids.ts';
import type { Proof } from './types.ts';

type Purpose = Proof['purpose'];

const secretOf = (key: Uint8Array, purpose: Purpose, id: string): Uint8Array =>
  hmacSha256(key, `${purpose}:${id}`);

/** The value in the link: `<proof id>.<secret>`, base64url. */
export const writeProof = (key: Uint8Array, purpose: Purpose, id: string): string =>
  `${id}.${Buffer.from(secretOf(key, purpose, id)).toString('base64url')}`;

/** Answers the proof's id when the secret is right; whether it was used or has expired is the store's to say. */
export function readProof(key: Uint8Array, purpose: Purpose, value: string): string | null {
  const [id = '', secret = ''] = value.split('.', 2);
  if (!isUuid(id)) return null;
  const isGenuine = equalBytes(Buffer.from(secret, 'base64url'), secretOf(key, purpose, id));
  return isGenuine ? id : null;
}
