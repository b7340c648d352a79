/** Whose a link from a message is, for the pages that it leads to. Uses nothing up. */
import type { AccountContext } from '../context.ts';
import { factorsOf, type FactorName } from './factors.ts';
import { liveProof } from './proof.ts';
import type { Proof, User } from '../types.ts';

interface Link {
  readonly purpose: Proof['purpose'];
  readonly value: string;
}

/** The e-mail address of the proof's user, for their password manager; `null` when the link is dead. */
export const addressOfProof = async (context: AccountContext, link: Link): Promise<string | null> =>
  (await userOfProof(context, link))?.email ?? null;

/** With what the proof's user can prove who they are; nothing when the link is dead. */
export async function factorsOfProof(
  context: AccountContext,
  link: Link,
): Promise<readonly FactorName[]> {
  const user = await userOfProof(context, link);
  return user === null ? [] : factorsOf(user);
}

async function userOfProof(
  context: AccountContext,
  { purpose, value }: Link,
): Promise<User | null> {
  const proof = await liveProof(context, purpose, value);
  return proof === null ? null : context.storage.users.byId(proof.userId);
}
