import { hkdfSync } from 'node:crypto';

/** Derives an independent 32-byte key for one purpose from the master secret (RFC 5869). */
export const deriveKey = (masterSecret: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', masterSecret, '', `gatehouse ${purpose}`, 32));
