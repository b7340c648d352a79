/** Seals what a page shows into its form, so that nothing else can be answered with it. */
import { equalBytes, hmacSha256 } from '../../kit/hash.ts';

const seal = (key: Uint8Array, parts: readonly string[]): Uint8Array =>
  // JSON keeps the parts apart, whatever they hold.
  hmacSha256(key, JSON.stringify(parts));

export const writeTicket = (key: Uint8Array, parts: readonly string[]): string =>
  Buffer.from(seal(key, parts)).toString('base64url');

export const isTicket = (key: Uint8Array, parts: readonly string[], ticket: string): boolean =>
  equalBytes(seal(key, parts), new Uint8Array(Buffer.from(ticket, 'base64url')));
