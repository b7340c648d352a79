/**
 * How a credential that calls an API is read, before any I/O and before it is known to be anybody's. A list: another form of
 * token is another reader.
 */
import { equalBytes, sha256 } from '../../kit/hash.ts';
import { isIntact, readShape, type CredentialKind } from './format.ts';

/** Kinds of credential that call an API. */
export type CallingKind = 'pat' | 'oat';

export interface Named {
  readonly kind: CallingKind;
  /** Public, and by which its facts are found. */
  readonly id: string;
}

export interface TokenReader {
  /** What the value says that it is; `null` when it is not of this form. Cheap: it is asked first of whatever anybody sends. */
  read(value: string): Named | null;
  /** Whether it could have been issued. Asked before storage is, and never of what is remembered. */
  isIntact(value: string): boolean;
  /** Whether whoever sent it holds the whole of what was issued. */
  proves(value: string, issued: { readonly secretHash: Uint8Array }): boolean;
}

/** Refresh tokens, codes and client secrets open nothing. */
const isCalling = (kind: CredentialKind): kind is CallingKind => kind === 'pat' || kind === 'oat';

/** Our own grammar (`format.ts`). */
export const opaqueTokens = (brand: string): TokenReader => ({
  read(value) {
    const shape = readShape(brand, value);
    return shape !== null && isCalling(shape.kind) ? { kind: shape.kind, id: shape.id } : null;
  },
  isIntact,
  // Nothing but what was issued has the hash of what was issued: its checksum says no more.
  proves: (value, { secretHash }) => equalBytes(secretHash, sha256(value)),
});
