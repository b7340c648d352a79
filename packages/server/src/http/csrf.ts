/** Tokens that tie a form to the session for which it was made. Stateless: an HMAC of the session's id. */
import { equalBytes, hmacSha256 } from '../kit/hash.ts';

const macOf = (key: Uint8Array, sessionId: string): Uint8Array =>
  hmacSha256(key, `csrf:${sessionId}`);

export const issueCsrf = (key: Uint8Array, sessionId: string): string =>
  Buffer.from(macOf(key, sessionId)).toString('base64url');

export const checkCsrf = (key: Uint8Array, sessionId: string, token: string): boolean =>
  equalBytes(macOf(key, sessionId), Buffer.from(token, 'base64url'));
