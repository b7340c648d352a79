/** Proof Key for Code Exchange (RFC 7636), method S256 alone: `plain` protects against nothing that matters. */
import { equalBytes, sha256 } from '../kit/hash.ts';

/** RFC 7636 section 4.2: BASE64URL(SHA256(…)) without padding is 43 characters. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
/** RFC 7636 section 4.1: 43*128unreserved. */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;

export const isCodeChallenge = (text: string): boolean => CHALLENGE.test(text);

export const isCodeVerifier = (text: string): boolean => VERIFIER.test(text);

export const matchesChallenge = (verifier: string, challenge: string): boolean =>
  isCodeVerifier(verifier) &&
  equalBytes(sha256(verifier), new Uint8Array(Buffer.from(challenge, 'base64url')));
