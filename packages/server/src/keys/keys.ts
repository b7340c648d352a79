/**
 * Keys of one purpose each, derived from the master secrets of the installation (HKDF, RFC 5869). The first secret makes what
 * leaves the server; all of them recognise what comes back, so that a secret can be replaced while what it made still lives.
 */
import { hkdfSync } from 'node:crypto';
import { unseal } from '../kit/seal.ts';

/** The one that writes, and its predecessors. At least 32 random bytes each. */
export type MasterSecrets = readonly [Uint8Array, ...Uint8Array[]];

/** 32 bytes each. */
export interface DerivedKeys {
  /** Makes. */
  readonly current: Uint8Array;
  /** Recognise; the current one is the first. */
  readonly all: readonly Uint8Array[];
}

export function deriveKeys(secrets: MasterSecrets, purpose: string): DerivedKeys {
  const derive = (secret: Uint8Array): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `gatehouse ${purpose}`, KEY_BYTES));
  const [first, ...former] = secrets;
  const current = derive(first);
  return { current, all: [current, ...former.map(derive)] };
}

const KEY_BYTES = 32;

/** Whether any of the keys made it. */
export const isMadeBy = ({ all }: DerivedKeys, isMadeWith: (key: Uint8Array) => boolean): boolean =>
  all.some(isMadeWith);

/** What any of the keys sealed; `null` when none did. */
export function unsealBy({ all }: DerivedKeys, sealed: string): string | null {
  for (const key of all) {
    const text = unseal(key, sealed);
    if (text !== null) return text;
  }
  return null;
}

/** Eight hexadecimal digits by which people tell secrets apart, and which say nothing of them. */
export const idOfSecret = (secret: Uint8Array): string =>
  Buffer.from(deriveKeys([secret], 'secret id').current.subarray(0, 4)).toString('hex');
