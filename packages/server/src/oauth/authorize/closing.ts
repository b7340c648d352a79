/**
 * Answering once. What asks a person, or answers a client without asking, is closed in the transaction of its answer, so
 * that Back, a reload and a replay find it closed.
 */
import { isWithin } from '../../kit/clock.ts';
import { sha256 } from '../../kit/hash.ts';
import type { InteractionStore } from '../ports.ts';
import type { ClosedInteraction } from '../vocabulary.ts';
import { INTERACTION_SECONDS, type Binding } from './interaction.ts';
import { nameOfMark, REAUTHENTICATION_SECONDS } from './reauthentication.ts';
import type { AuthorizationRequest } from './request.ts';

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

/** Names a page among what was answered. */
export const nameOfPage = (id: string): string => `page ${id}`;

export const closingOfPage = (id: string, outcome: 'allow' | 'deny'): Closing => ({
  name: nameOfPage(id),
  outcome,
  isRequired: true,
  seconds: INTERACTION_SECONDS + 1,
});

export const closingOfMark = (mark: string): Closing => ({
  name: nameOfMark(mark),
  outcome: 'used',
  isRequired: true,
  seconds: REAUTHENTICATION_SECONDS + 1,
});

/**
 * A page that posts the answer stays in the history, and Back would draw it anew with another code. A request that can be
 * told from others is therefore answered so once, and asked about from then on.
 */
const ANSWERED_SECONDS = 600;

/** `null` for a request that can be repeated. `binding.request` is without our own mark. */
export function closingOfRequest(
  { responseMode, prompts, state, codeChallenge }: AuthorizationRequest,
  binding: Binding,
  isRequired: boolean,
): Closing | null {
  const isNamed = state !== null || codeChallenge !== null;
  if (responseMode !== 'form_post' || prompts.has('none') || !isNamed) return null;
  const name = `request ${JSON.stringify(binding)}`;
  return { name, outcome: 'allow', isRequired, seconds: ANSWERED_SECONDS };
}

/** Ends the transaction: something required was closed before. */
export class AlreadyClosed extends Error {}

export const hashOfName = (name: string): Uint8Array => sha256(name);

export async function closeAll(
  interactions: InteractionStore,
  closings: readonly Closing[],
  { codeId, now }: { readonly codeId: string | null; readonly now: number },
): Promise<void> {
  for (const closing of closings) {
    const isFirst = await interactions.close(closedBy(closing, { codeId, now }));
    if (!isFirst && closing.isRequired) throw new AlreadyClosed();
  }
}

export const closedBy = (
  { name, outcome, seconds: life }: Closing,
  { codeId, now }: { readonly codeId: string | null; readonly now: number },
): ClosedInteraction => ({
  idHash: hashOfName(name),
  outcome,
  codeId,
  closedAt: now,
  expiresAt: now + life,
});

/** A double click is over by then, and an app that was called has redeemed its code. */
const REPEAT_SECONDS = 10;

/** Whether a second answer now is the second click of the first. */
export const isRepeat = ({ closedAt }: ClosedInteraction, now: number): boolean =>
  isWithin(closedAt, REPEAT_SECONDS, now);
