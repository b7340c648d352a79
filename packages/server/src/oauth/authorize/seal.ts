/** Seals text that travels through a browser (HMAC-SHA-256), so that it comes back as it was given out or not at all. */
import { isMadeBy, type DerivedKeys } from '../../keys/keys.ts';
import { equalBytes, hmacSha256 } from '../../kit/hash.ts';

const macOf = (key: Uint8Array, parts: readonly string[]): Uint8Array =>
  // JSON keeps the parts apart, whatever they hold.
  hmacSha256(key, JSON.stringify(parts));

export const seal = ({ current }: DerivedKeys, parts: readonly string[]): string =>
  Buffer.from(macOf(current, parts)).toString('base64url');

export function isSealed(keys: DerivedKeys, parts: readonly string[], mac: string): boolean {
  const bytes = new Uint8Array(Buffer.from(mac, 'base64url'));
  return isMadeBy(keys, (key) => equalBytes(macOf(key, parts), bytes));
}
