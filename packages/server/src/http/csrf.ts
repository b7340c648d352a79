/**
 * Tokens that tie a form to the session for which it was made, and say whose session that was, also when it is over.
 * Stateless: HMACs of the session's id, and of that and the user's id.
 */
import { isMadeBy, type DerivedKeys } from '../keys/keys.ts';
import { equalBytes, hmacSha256 } from '../kit/hash.ts';

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

const macOf = (key: Uint8Array, sessionId: string): string =>
  base64url(hmacSha256(key, `csrf:${sessionId}`));

const ownerMacOf = (key: Uint8Array, mac: string, userId: string): string =>
  base64url(hmacSha256(key, `csrf owner:${mac}:${userId}`));

/** `<MAC of the session>=<user id>.<MAC of both>`. What reads base64url stops at the `=`, as the version before does. */
export function issueCsrf(
  { current }: DerivedKeys,
  { sessionId, userId }: { sessionId: string; userId: string },
): string {
  const mac = macOf(current, sessionId);
  return `${mac}=${userId}.${ownerMacOf(current, mac, userId)}`;
}

/** Takes the whole token, or the part of the session alone, as pages of the version before have it. */
export function checkCsrf(keys: DerivedKeys, sessionId: string, token: string): boolean {
  const [mac = '', owner] = token.split('=', 2);
  const isOfSession = isMadeBy(keys, (key) => equalText(mac, macOf(key, sessionId)));
  return isOfSession && (owner === undefined || csrfOwner(keys, token) !== null);
}

/** The id of the user whose page the form stood on, whatever became of the session; `null` for what was not issued. */
export function csrfOwner(keys: DerivedKeys, token: string): string | null {
  const [, mac, userId, ownerMac] = /^([\w-]{43})=([\w-]{1,64})\.([\w-]{43})$/.exec(token) ?? [];
  if (mac === undefined || userId === undefined || ownerMac === undefined) return null;
  const isIssued = isMadeBy(keys, (key) => equalText(ownerMac, ownerMacOf(key, mac, userId)));
  return isIssued ? userId : null;
}

const equalText = (left: string, right: string): boolean =>
  equalBytes(Buffer.from(left), Buffer.from(right));
