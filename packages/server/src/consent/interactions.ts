/**
 * Answering once. What asks a person, or answers an app without asking, is closed in the transaction of its answer, so
 * that Back, a reload and a replay find it closed. A second click within a moment is the same answer: the code that nobody
 * has redeemed yet is replaced, and the first one is worth nothing.
 */
import { isWithin } from '../kit/clock.ts';
import { sha256 } from '../kit/hash.ts';
import { mintCredential } from '../oauth/tokens/format.ts';
import type { ConsentActor, ConsentContext } from './context.ts';
import type { ConsentStores } from './ports.ts';
import type { ClosedInteraction } from './types.ts';

/** Something that an answer uses up. */
export interface Closing {
  /** Unique, and long enough that nobody guesses it. */
  readonly name: string;
  readonly outcome: ClosedInteraction['outcome'];
  /** `false`: it is noted, and may have been closed before. */
  readonly isRequired: boolean;
  /** For how long it could come back. */
  readonly seconds: number;
}

/** Ends the transaction: something required was closed before. */
export class AlreadyClosed extends Error {}

const hashOf = (name: string): Uint8Array => sha256(name);

export async function closeAll(
  { interactions }: Pick<ConsentStores, 'interactions'>,
  closings: readonly Closing[],
  { codeId, now }: { readonly codeId: string | null; readonly now: number },
): Promise<void> {
  for (const { name, outcome, isRequired, seconds: life } of closings) {
    const closed = { idHash: hashOf(name), outcome, codeId, closedAt: now, expiresAt: now + life };
    const isFirst = await interactions.close(closed);
    if (!isFirst && isRequired) throw new AlreadyClosed();
  }
}

/** How something was closed; `null` while it is open. */
export const findClosed = (
  { storage, clock }: ConsentContext,
  name: string,
): Promise<ClosedInteraction | null> => storage.interactions.find(hashOf(name), clock());

/** An answer that gives nothing. `false` when there was an answer before. */
export const closeUnanswered = (
  { storage, clock }: ConsentContext,
  { name, outcome, seconds: life }: Closing,
): Promise<boolean> => {
  const now = clock();
  const idHash = hashOf(name);
  return storage.interactions.close({
    idHash,
    outcome,
    codeId: null,
    closedAt: now,
    expiresAt: now + life,
  });
};

/** A double click is over by then, and an app that was called has redeemed its code. */
const REPEAT_SECONDS = 10;

export const isRepeat = ({ clock }: ConsentContext, { closedAt }: ClosedInteraction): boolean =>
  isWithin(closedAt, REPEAT_SECONDS, clock());

/** The same answer again, for the same click; `null` when it is too late or the app has redeemed the code. */
export async function answerAgain(
  context: ConsentContext,
  name: string,
  { user }: ConsentActor,
): Promise<{ readonly code: string; readonly scopes: readonly string[] } | null> {
  const { storage, clock, brand, randomBytes, codeSeconds } = context;
  const minted = mintCredential(brand, 'oac', randomBytes);
  const idHash = hashOf(name);
  return storage.transaction(async ({ users, interactions, codes }) => {
    await users.lock(user.id);
    const now = clock();
    const closed = await interactions.find(idHash, now);
    if (closed === null || closed.codeId === null || !isRepeat(context, closed)) return null;
    const first = await codes.withdraw(closed.codeId);
    if (first === null || first.userId !== user.id) return null;
    const times = { createdAt: now, expiresAt: now + codeSeconds };
    await codes.insert({ ...first, ...times, id: minted.id, secretHash: minted.hash });
    await interactions.setCode(idHash, minted.id);
    return { code: minted.value, scopes: first.scopes };
  });
}
