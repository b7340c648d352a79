/** Whose a link from a message is, for the password manager of the person who opened it. Uses nothing up. */
import type { AccountContext } from '../context.ts';
import { liveProof } from './proof.ts';
import type { Proof } from '../types.ts';

/** The e-mail address of the proof's user; `null` when the link is dead. */
export async function addressOfProof(
  context: AccountContext,
  { purpose, value }: { purpose: Proof['purpose']; value: string },
): Promise<string | null> {
  const proof = await liveProof(context, purpose, value);
  if (proof === null) return null;
  return (await context.storage.users.byId(proof.userId))?.email ?? null;
}
