/**
 * Refresh tokens. All of a family carry the family's id, and each a proof that this server made it, so that a token from
 * long ago is known for what it is without a row for each. A successor is made from the token that it replaces and a
 * salt: whoever repeats a refresh gets the same answer, and the database alone makes none.
 */
import { hkdfSync } from 'node:crypto';
import { randomBase62 } from '../../kit/base62.ts';
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
  /** 32 bytes, derived from the master secret. */
  readonly key: Uint8Array;
}

export function firstRefreshToken(maker: RefreshTokenMaker, familyId: string): MintedCredential {
  return assemble(maker, familyId, randomBase62(SECRET_LENGTH, maker.randomBytes));
}

export interface Successors {
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
export function successorsOf(maker: RefreshTokenMaker, succession: Succession): Successors {
  const { familyId, accessTokenId } = succession;
  const bytes = derivedBytes(maker.key, succession);
  const [forRefresh, forAccess] = [bytes.subarray(0, SHARE), bytes.subarray(SHARE)];
  return {
    refresh: assemble(maker, familyId, secretOf(forRefresh)),
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
  const isOurs = equalBytes(
    Buffer.from(value.slice(end - PROOF_LENGTH, end)),
    Buffer.from(proofOf(maker, signed)),
  );
  return isOurs ? credential : null;
}

function assemble(maker: RefreshTokenMaker, familyId: string, secret: string): MintedCredential {
  const prefix = `${maker.brand}_ort_`;
  return assembleCredential(prefix, familyId, secret + proofOf(maker, prefix + familyId + secret));
}

const proofOf = ({ key }: RefreshTokenMaker, signed: string): string =>
  randomBase62(PROOF_LENGTH, () => hmacSha256(key, `refresh token ${signed}`));

export const newFamilyId = (maker: RefreshTokenMaker): string => newCredentialId(maker.randomBytes);
