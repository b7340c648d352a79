/**
 * The public keys of a client (RFC 7591 section 2, `jwks`; RFC 7517 section 5), by which it may prove who it is. Private
 * keys are refused, so that none is ever stored here.
 */
import { createPublicKey } from 'node:crypto';

export interface Jwks {
  readonly keys: readonly Jwk[];
}

/** Members as they were sent (RFC 7517 section 4). */
export type Jwk = Readonly<Record<string, unknown>>;

export type ReadJwks =
  | { readonly outcome: 'valid'; readonly jwks: Jwks }
  /** In words for whoever registers the client. */
  | { readonly outcome: 'invalid'; readonly fault: string };

const MOST_KEYS = 20;
const MOST_CHARACTERS = 20_000;
/** RFC 7518 section 3.3. */
const LEAST_RSA_BITS = 2048;
/** RFC 7518 section 6: a symmetric key is a secret, and is no key of this set. */
const PUBLIC_TYPES: readonly unknown[] = ['RSA', 'EC', 'OKP'];
/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, RFC 8037 section 2. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

export function readJwks(value: unknown): ReadJwks {
  const keys = isObject(value) ? value['keys'] : undefined;
  if (!Array.isArray(keys)) return invalid('Write a JWK Set: an object with the list "keys".');
  if (keys.length === 0 || keys.length > MOST_KEYS) return invalid(`Give 1 to ${MOST_KEYS} keys.`);
  if (JSON.stringify(keys).length > MOST_CHARACTERS)
    return invalid(`Use at most ${MOST_CHARACTERS} characters.`);
  const jwks: Jwk[] = [];
  for (const [at, key] of keys.entries()) {
    const fault = isObject(key) ? faultOfKey(key) : 'it is no object.';
    if (fault !== null) return invalid(`Key ${at + 1}: ${fault}`);
    jwks.push(key);
  }
  return { outcome: 'valid', jwks: { keys: jwks } };
}

const invalid = (fault: string): ReadJwks => ({ outcome: 'invalid', fault });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function faultOfKey(key: Jwk): string | null {
  const secret = PRIVATE_MEMBERS.find((name) => Object.hasOwn(key, name));
  if (secret !== undefined) return `leave out "${secret}": a private key stays with the client.`;
  if (!PUBLIC_TYPES.includes(key['kty'])) return '"kty" must be RSA, EC or OKP.';
  try {
    const { asymmetricKeyDetails: details } = createPublicKey({ key: { ...key }, format: 'jwk' });
    const isShort = (details?.modulusLength ?? LEAST_RSA_BITS) < LEAST_RSA_BITS;
    return isShort ? `an RSA key has at least ${LEAST_RSA_BITS} bits.` : null;
  } catch {
    return 'it is no public key.';
  }
}

export const writeJwks = (jwks: Jwks): string => JSON.stringify(jwks);

/** As it was stored. What cannot be read is no key: nothing can be proved by it. */
export function readStoredJwks(text: string): Jwks | null {
  try {
    const read = readJwks(JSON.parse(text));
    return read.outcome === 'valid' ? read.jwks : null;
  } catch {
    return null;
  }
}
