/** What the key ring keeps. */

export type SigningAlgorithm = 'RS256' | 'ES256' | 'EdDSA';

export interface SigningKey {
  /** The `kid`: the thumbprint of the public half (RFC 7638). */
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  /** Counts the keys of an algorithm, so that two processes never make the same one twice. */
  readonly sequence: number;
  /** A JSON Web Key (RFC 7517), public half. */
  readonly publicKey: string;
  /** The private half as a JSON Web Key, sealed with a key of the installation. */
  readonly sealedKey: string;
  /** Epoch seconds. */
  readonly createdAt: number;
  /** From then on it signs; published before. */
  readonly activeAt: number;
  /** It leaked: nothing that it signed is to be believed. */
  readonly withdrawnAt: number | null;
}

export interface SigningKeyStore {
  /** All of them, newest first. */
  all(): Promise<readonly SigningKey[]>;
  /** `false` when another process made the key of that sequence. */
  insert(key: SigningKey): Promise<boolean>;
  /** Brings the begin forward. */
  activate(id: string, activeAt: number): Promise<void>;
  withdraw(id: string, now: number): Promise<void>;
  reseal(id: string, sealedKey: string): Promise<void>;
  delete(ids: readonly string[]): Promise<void>;
}
