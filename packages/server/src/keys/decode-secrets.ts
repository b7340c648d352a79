/** The written form of master secrets, in a variable or a file. */
import type { MasterSecrets } from './keys.ts';

const LEAST_BYTES = 32;
/** Each is tried for whatever comes back. */
const MOST_SECRETS = 8;

/** Separated by commas, the one that writes first; or what is wrong with them. */
export function decodeSecrets(text: string): MasterSecrets | string {
  const decoded = text.split(',').map((part) => decodeSecret(part.trim()));
  const [first, ...former] = decoded.filter((secret) => secret !== null);
  if (first === undefined || former.length < decoded.length - 1)
    return 'expected at least 32 random bytes in base64 or hexadecimal: openssl rand -base64 32. Secrets that it replaces may follow, separated by commas';
  if (decoded.length > MOST_SECRETS) return `expected at most ${MOST_SECRETS} secrets`;
  const texts = [first, ...former].map((secret) => Buffer.from(secret).toString('hex'));
  if (new Set(texts).size < texts.length) return 'found a secret twice';
  return [first, ...former];
}

/** Bytes in hexadecimal, base64 or base64url; `null` when it is none of them or too short. */
function decodeSecret(text: string): Uint8Array | null {
  const isHex =
    text.length % 2 === 0 && text.length >= 2 * LEAST_BYTES && /^[\da-fA-F]+$/.test(text);
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
  if (!isHex && !isBase64) return null;
  const bytes = new Uint8Array(Buffer.from(text, isHex ? 'hex' : 'base64'));
  return bytes.length >= LEAST_BYTES ? bytes : null;
}
