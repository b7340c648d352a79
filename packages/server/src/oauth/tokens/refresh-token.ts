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
  const { familyId, presented, salt, accessTokenId } = succession;
  const secret = (purpose: string): string => {
    const bytes = derivedBytes(maker.key, { presented, salt, purpose });
    return randomBase62(SECRET_LENGTH, bytes);
  };
  return {
    refresh: assemble(maker, familyId, secret('refresh')),
    access: assembleCredential(`${maker.brand}_oat_`, accessTokenId, secret('access')),
  };
}

/** HKDF (RFC 5869) over key and token; a fresh block for every call, should one not be enough. */
function derivedBytes(
  key: Uint8Array,
  { presented, salt, purpose }: { presented: string; salt: Uint8Array; purpose: string },
): RandomBytes {
  const material = Buffer.concat([key, Buffer.from(presented)]);
  let block = 0;
  return (size) => {
    block += 1;
    const info = `gatehouse ${purpose} ${block}`;
    return new Uint8Array(hkdfSync('sha256', material, salt, info, 2 * size));
  };
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
