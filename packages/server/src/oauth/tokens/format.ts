/**
 * The one grammar of every credential: `<brand>_<kind>_<id><secret><checksum>`.
 * Underscores only, so that a double click selects the whole; base62 in every part after the kind.
 * The checksum is verified before any I/O. Never keeps or prints a secret: only its SHA-256 is stored.
 */
import { crc32 } from 'node:zlib';
import { decodeBase62, encodeBase62, randomBase62 } from '../../kit/base62.ts';
import { sha256 } from '../../kit/hash.ts';
import type { RandomBytes } from '../../kit/random.ts';

/** developer token, service token, access token, refresh token, client secret, authorization code. */
export type CredentialKind = 'pat' | 'sat' | 'oat' | 'ort' | 'cs' | 'oac';

/** 12 base62 digits: 71 bits, public, safe to log and show. */
export const ID_LENGTH = 12;
/** 30 base62 digits: 178 random bits, above the 160 that the design asks for. */
export const SECRET_LENGTH = 30;
/** CRC-32 of all that precedes it. */
export const CHECKSUM_LENGTH = 6;

/** 11 base62 digits, 65 bits: proves of a refresh token, without any memory of it, that it was issued here. */
export const PROOF_LENGTH = 11;

const BODY_LENGTH = ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;
const BODY_LENGTHS: Readonly<Record<CredentialKind, number>> = {
  pat: BODY_LENGTH,
  sat: BODY_LENGTH,
  oat: BODY_LENGTH,
  ort: BODY_LENGTH + PROOF_LENGTH,
  cs: BODY_LENGTH,
  oac: BODY_LENGTH,
};
const BASE62 = /^[0-9A-Za-z]+$/;

/** A brand is the first word of every credential: a lower-case letter, then letters and digits. */
export const BRAND_PATTERN = '^[a-z][a-z0-9]{1,15}$';

export interface Credential {
  readonly kind: CredentialKind;
  readonly id: string;
  /** SHA-256 of the whole credential: 32 bytes. */
  readonly hash: Uint8Array;
}

export interface MintedCredential extends Credential {
  /** The whole credential. Shown once, stored nowhere. */
  readonly value: string;
}

const checksumOf = (text: string): string => encodeBase62(crc32(text), CHECKSUM_LENGTH);

export function mintCredential(
  brand: string,
  kind: CredentialKind,
  randomBytes: RandomBytes,
): MintedCredential {
  const id = newCredentialId(randomBytes);
  return assembleCredential(`${brand}_${kind}_`, id, randomBase62(SECRET_LENGTH, randomBytes));
}

export const newCredentialId = (randomBytes: RandomBytes): string =>
  randomBase62(ID_LENGTH, randomBytes);

/** Writes a credential from its parts; the caller answers for the randomness of `secret`. */
export function assembleCredential(prefix: string, id: string, secret: string): MintedCredential {
  const payload = prefix + id + secret;
  const value = payload + checksumOf(payload);
  const kind = prefix.slice(prefix.indexOf('_') + 1, -1);
  if (!isKind(kind)) throw new RangeError(`${prefix} is not the start of a credential`);
  return { kind, id, value, hash: sha256(value) };
}

/** Answers `null` for anything that this brand never issued: wrong shape, wrong brand or kind, wrong checksum. */
export function parseCredential(brand: string, value: string): Credential | null {
  const shape = readShape(brand, value);
  if (shape === null || !isIntact(value)) return null;
  return { ...shape, hash: sha256(value) };
}

/** The public parts of a value of the right brand, kind and length. Proves nothing: the checksum was not looked at. */
export function readShape(brand: string, value: string): Pick<Credential, 'kind' | 'id'> | null {
  const kindStart = brand.length + 1;
  if (!value.startsWith(brand) || value[brand.length] !== '_') return null;
  const kindEnd = value.indexOf('_', kindStart);
  const kind = value.slice(kindStart, kindEnd);
  if (kindEnd === -1 || !isKind(kind)) return null;
  const bodyStart = kindEnd + 1;
  if (value.length - bodyStart !== BODY_LENGTHS[kind]) return null;
  return { kind, id: value.slice(bodyStart, bodyStart + ID_LENGTH) };
}

/** Whether a value of the right shape is one that a typing error or a guess would not have produced. */
export function isIntact(value: string): boolean {
  const checksum = decodeBase62(value.slice(-CHECKSUM_LENGTH));
  // The cheaper question first: of a flood of garbage next to nothing gets past it.
  if (checksum !== crc32(value.slice(0, -CHECKSUM_LENGTH))) return false;
  return BASE62.test(value.slice(value.lastIndexOf('_') + 1));
}

/** What a value says it is, whole or not; `null` when it does not begin as credentials of this brand. */
export function readKind(brand: string, value: string): CredentialKind | null {
  const [first, kind = '', ...rest] = value.split('_', 3);
  return first === brand && rest.length === 1 && isKind(kind) ? kind : null;
}

/** Whether there is something in a text that begins as a credential of this brand, whole or not. */
export const holdsCredential = (brand: string, text: string): boolean =>
  text.includes(`${brand}_`) && text.split(/\W+/).some((word) => readKind(brand, word) !== null);

export const lengthOf = (brand: string, kind: CredentialKind): number =>
  brand.length + kind.length + 2 + BODY_LENGTHS[kind];

const isKind = (text: string): text is CredentialKind => Object.hasOwn(BODY_LENGTHS, text);

/** What pages and logs show of a credential: enough to recognise it, nothing to use. */
export const maskCredential = (brand: string, kind: CredentialKind, id: string): string =>
  `${brand}_${kind}_${id.slice(0, 5)}…`;
