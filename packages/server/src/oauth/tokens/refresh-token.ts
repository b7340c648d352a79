/**
 * Refresh tokens. All of a family carry the family's id, and each a proof that this server made it, so that a token from
 * long ago is known for what it is without a row for each. A successor is made from the token that it replaces and a
 * salt: whoever repeats a refresh gets the same answer, and the database alone makes none.
 */
import { hkdfSync } from 'node:crypto';
import { randomBase62 } from '../../kit/base62.ts';
import { isMadeBy, type DerivedKeys } from '../../keys/keys.ts';
import { equalBytes, hmacSha256 } from '../../kit/hash.ts';
import type { RandomBytes } from '../../kit/random.ts';
import {
  assembleCredential,
  CHECKSUM_LENGTH,
  newCredentialId,
  parseCredential,
  PROOF_LENGTH,
  SECRET_LENGTH,
  type Credential,
  type MintedCredential,
} from './format.ts';

export interface RefreshTokenMaker {
  readonly brand: string;
  readonly randomBytes: RandomBytes;
  readonly keys: DerivedKeys;
}

export function firstRefreshToken(maker: RefreshTokenMaker, familyId: string): MintedCredential {
  const secret = randomBase62(SECRET_LENGTH, maker.randomBytes);
  return assemble(maker, maker.keys.current, { familyId, secret });
}

export interface Successors {
  /** What they were made with. */
  readonly key: Uint8Array;
  readonly refresh: MintedCredential;
  readonly access: MintedCredential;
}

export interface Succession {
  readonly familyId: string;
  /** The refresh token that is replaced, whole. */
  readonly presented: string;
  readonly salt: Uint8Array;
  readonly accessTokenId: string;
}

/** The same succession always makes the same pair. */
export const successorsOf = (maker: RefreshTokenMaker, succession: Succession): Successors =>
  successorsBy(maker, maker.keys.current, succession);

/** Makes again what was made before, perhaps with a key that has been replaced since; `null` when it was made in another way. */
export function sameSuccessors(
  maker: RefreshTokenMaker,
  succession: Succession,
  refreshHash: Uint8Array,
): Successors | null {
  const pairs = maker.keys.all.map((key) => successorsBy(maker, key, succession));
  return pairs.find(({ refresh }) => equalBytes(refresh.hash, refreshHash)) ?? null;
}

function successorsBy(
  maker: RefreshTokenMaker,
  key: Uint8Array,
  succession: Succession,
): Successors {
  const { familyId, accessTokenId } = succession;
  const bytes = derivedBytes(key, succession);
  const [forRefresh, forAccess] = [bytes.subarray(0, SHARE), bytes.subarray(SHARE)];
  return {
    key,
    refresh: assemble(maker, key, { familyId, secret: secretOf(forRefresh) }),
    access: assembleCredential(`${maker.brand}_oat_`, accessTokenId, secretOf(forAccess)),
  };
}

/**
 * A byte in 32 makes no digit. That of these more than half make none happens less often than once in 2^100 times; such
 * a refresh fails, and the next one has another salt.
 */
const SHARE = 2 * SECRET_LENGTH;

/** HKDF (RFC 5869) over key and token, once for both: no byte of one share tells anything of the other. */
function derivedBytes(key: Uint8Array, { presented, salt }: Succession): Uint8Array {
  const material = Buffer.concat([key, Buffer.from(presented)]);
  return new Uint8Array(hkdfSync('sha256', material, salt, 'gatehouse successors', 2 * SHARE));
}

function secretOf(share: Uint8Array): string {
  let used = 0;
  return randomBase62(SECRET_LENGTH, (size) => {
    if (used + size > share.length) throw new RangeError('too few bytes make digits');
    used += size;
    return share.subarray(used - size, used);
  });
}

/** `null` unless this server made it: the checksum catches accidents, the proof catches forgeries, both before any I/O. */
export function parseRefreshToken(maker: RefreshTokenMaker, value: string): Credential | null {
  const credential = parseCredential(maker.brand, value);
  if (credential?.kind !== 'ort') return null;
  const end = value.length - CHECKSUM_LENGTH;
  const signed = value.slice(0, end - PROOF_LENGTH);
  const proof = Buffer.from(value.slice(end - PROOF_LENGTH, end));
  const isOurs = isMadeBy(maker.keys, (key) =>
    equalBytes(proof, Buffer.from(proofOf(key, signed))),
  );
  return isOurs ? credential : null;
}

function assemble(
  { brand }: RefreshTokenMaker,
  key: Uint8Array,
  { familyId, secret }: { readonly familyId: string; readonly secret: string },
): MintedCredential {
  const prefix = `${brand}_ort_`;
  return assembleCredential(prefix, familyId, secret + proofOf(key, prefix + familyId + secret));
}

const proofOf = (key: Uint8Array, signed: string): string =>
  randomBase62(PROOF_LENGTH, () => hmacSha256(key, `refresh token ${signed}`));

export const newFamilyId = (maker: RefreshTokenMaker): string => newCredentialId(maker.randomBytes);
