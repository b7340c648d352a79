/**
 * By what a repeat of a refresh is compared with the first: the network and the program that each came from. Keyed and salted
 * for one rotation, so that the database tells no addresses and nobody can be followed from one refresh to the next.
 */
import { equalBytes, hmacSha256 } from '../../kit/hash.ts';
import { networkOf } from '../../kit/network.ts';
import type { CallerMarks } from '../vocabulary.ts';

interface Caller {
  readonly address: string;
  readonly agent: string;
}

export type Difference = 'network' | 'program' | 'both';

/** With the key that made the rotation's successors. */
export function marksOf(
  key: Uint8Array,
  { address, agent }: Caller,
  salt: Uint8Array,
): CallerMarks {
  const of = (kind: string, text: string): Uint8Array =>
    hmacSha256(key, `${kind} of a rotation:${Buffer.from(salt).toString('hex')}:${text}`);
  return { network: of('network', networkOf(address)), agent: of('agent', agent) };
}

/** `null` when there is none. */
export function differenceOf(first: CallerMarks, other: CallerMarks): Difference | null {
  const isSameNetwork = equalBytes(first.network, other.network);
  const isSameAgent = equalBytes(first.agent, other.agent);
  if (isSameNetwork) return isSameAgent ? null : 'program';
  return isSameAgent ? 'network' : 'both';
}
