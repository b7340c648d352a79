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

const closingOfMark = (mark: string | null): Closing | null =>
  mark === null
    ? null
    : {
        name: nameOfMark(mark),
        outcome: 'used',
        isRequired: true,
        seconds: REAUTHENTICATION_SECONDS + 1,
      };

/**
 * A page that posts the answer stays in the history, and Back would draw it anew with another code. A request that can be
 * told from others is therefore answered so once, and asked about from then on.
 */
const ANSWERED_SECONDS = 600;

/** `null` for a request that can be repeated. */
function closingOfRequest(
  { request, binding }: Pick<Answering, 'request' | 'binding'>,
  isRequired: boolean,
): Closing | null {
  const { responseMode, prompts, state, codeChallenge } = request;
  const isNamed = state !== null || codeChallenge !== null;
  if (responseMode !== 'form_post' || prompts.has('none') || !isNamed) return null;
  const name = `request ${JSON.stringify(binding)}`;
  return { name, outcome: 'allow', isRequired, seconds: ANSWERED_SECONDS };
}

/** What an answer is about. */
export interface Answering {
  readonly request: AuthorizationRequest;
  /** `request` in it is without our own mark. */
  readonly binding: Binding;
  /** The mark of a sign-in that was made for this request; `null`: none counts. */
  readonly usedMark: string | null;
}

/** What a person's answer on a page uses up. */
export const closingsOfPage = (pageId: string, answering: Answering): readonly Closing[] =>
  present([
    closingOfPage(pageId, 'allow'),
    closingOfMark(answering.usedMark),
    closingOfRequest(answering, false),
  ]);

/** What an answer without a page uses up. `repeated` names it among what was answered; `null`: it can be repeated. */
export function closingsInSilence(answering: Answering): {
  readonly closes: readonly Closing[];
  readonly repeated: string | null;
} {
  const closing = closingOfRequest(answering, true);
  const closes = present([closing, closingOfMark(answering.usedMark)]);
  return { closes, repeated: closing?.name ?? null };
}

const present = (closings: readonly (Closing | null)[]): readonly Closing[] =>
  closings.filter((closing) => closing !== null);

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
