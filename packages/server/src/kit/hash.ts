import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/**
 * SHA-256 of a text: 32 bytes. For random secrets only; passwords go through argon2id. By way of a string, because the
 * bytes then come out of a pool: a buffer of its own for every credential that is checked takes three times as long.
 */
export const sha256 = (text: string): Uint8Array =>
  Buffer.from(hash('sha256', text, 'latin1'), 'latin1');

export const hmacSha256 = (key: Uint8Array, text: string): Uint8Array =>
  createHmac('sha256', key).update(text).digest();

/** Compares two byte strings in a time that depends on their lengths alone. */
export const equalBytes = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && timingSafeEqual(left, right);
