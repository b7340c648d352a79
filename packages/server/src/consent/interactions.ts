/**
 * What was answered is looked up, and an answer repeated: a second click within a moment gets the same one. The code that
 * nobody has redeemed yet is replaced, and the first one is worth nothing.
 */
import { closedBy, hashOfName, isRepeat, type Closing } from '../oauth/authorize/closing.ts';
import { mintCode, replaceCode } from '../oauth/authorize/code.ts';
import type { ClosedInteraction } from '../oauth/vocabulary.ts';
import type { ConsentActor, ConsentContext } from './context.ts';

/** How something was closed; `null` while it is open. */
export const findClosed = (
  { storage, clock }: ConsentContext,
  name: string,
): Promise<ClosedInteraction | null> => storage.interactions.find(hashOfName(name), clock());

/** An answer that gives nothing. `false` when there was an answer before. */
export const closeUnanswered = (
  { storage, clock }: ConsentContext,
  closing: Closing,
): Promise<boolean> =>
  storage.interactions.close(closedBy(closing, { codeId: null, now: clock() }));

/** The same answer again, for the same click; `null` when it is too late or the app has redeemed the code. */
export async function answerAgain(
  context: ConsentContext,
  name: string,
  { user }: ConsentActor,
): Promise<{ readonly code: string; readonly scopes: readonly string[] } | null> {
  const minted = mintCode(context);
  const idHash = hashOfName(name);
  return context.storage.transaction(async ({ users, interactions, codes }) => {
    await users.lock(user.id);
    const now = context.clock();
    const closed = await interactions.find(idHash, now);
    if (closed === null || closed.codeId === null || !isRepeat(closed, now)) return null;
    const withdrawn = await codes.withdraw(closed.codeId);
    if (withdrawn === null || withdrawn.userId !== user.id) return null;
    await replaceCode(codes, context, { minted, withdrawn, now });
    await interactions.setCode(idHash, minted.id);
    return { code: minted.value, scopes: withdrawn.scopes };
  });
}
