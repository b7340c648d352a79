/** Seals text that travels through a browser (HMAC-SHA-256), so that it comes back as it was given out or not at all. */
import { equalBytes, hmacSha256 } from '../../kit/hash.ts';

const macOf = (key: Uint8Array, parts: readonly string[]): Uint8Array =>
  // JSON keeps the parts apart, whatever they hold.
  hmacSha256(key, JSON.stringify(parts));

export const seal = (key: Uint8Array, parts: readonly string[]): string =>
  Buffer.from(macOf(key, parts)).toString('base64url');

export const isSealed = (key: Uint8Array, parts: readonly string[], mac: string): boolean =>
  equalBytes(macOf(key, parts), new Uint8Array(Buffer.from(mac, 'base64url')));
