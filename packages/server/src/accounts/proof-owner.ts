/** Whose a link from a message is, for the password manager of the person who opened it. Uses nothing up. */
import type { AccountContext } from './context.ts';
import { readProof } from './proof.ts';
import type { Proof } from './types.ts';

/** The e-mail address of the proof's user; `null` when the link is dead. */
export async function addressOfProof(
  context: AccountContext,
  { purpose, value }: { purpose: Proof['purpose']; value: string },
): Promise<string | null> {
  const id = readProof(context.proofKey, purpose, value);
  const proof = id === null ? null : await context.storage.proofs.byId(id);
  if (proof === null || proof.usedAt !== null || proof.expiresAt <= context.clock()) return null;
  return (await context.storage.users.byId(proof.userId))?.email ?? null;
}
