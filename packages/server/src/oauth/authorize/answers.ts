/**
 * Answers a request that was allowed: what the user allowed is settled, what the answer uses up is closed, and the code is
 * made, in one transaction. A second click within a moment gets the same answer: the code that nobody has redeemed yet is
 * replaced, and the first one is worth nothing. Never decides whether a request may be answered, and never keeps a grant:
 * that is for whoever implements `Settler`.
 */
import type { Clock } from '../../kit/clock.ts';
import type { CodeStore, InteractionStore } from '../ports.ts';
import type { ClosedInteraction } from '../vocabulary.ts';
import {
  AlreadyClosed,
  closeAll,
  closedBy,
  hashOfName,
  isRepeat,
  type Closing,
} from './closing.ts';
import { mintCode, replaceCode, storeCode, type CodeMaker } from './code.ts';
import type { Choice } from './decide.ts';
import type { AuthorizationRequest } from './request.ts';

export interface Approval {
  readonly request: AuthorizationRequest;
  readonly accountId: string;
  readonly choice: Choice;
  /** Answered without a page: it can give nothing but what the user allowed before and has not taken back. */
  readonly isSilent: boolean;
  /** What the answer uses up. */
  readonly closes?: readonly Closing[];
}

/** What an approval came to. */
export interface Settled {
  readonly grant: { readonly id: string; readonly userId: string; readonly accountId: string };
  /** What the code is good for. */
  readonly granted: readonly string[];
  /** Something is told by mail. */
  readonly isNews: boolean;
}

/** Keeps what users allow. */
export interface Settler<Actor> {
  /**
   * Locks the user, and makes or changes the grant. `null` when nothing of it can be given any more: the user took it back,
   * or the client lost it, since the request was read.
   */
  settle(approval: Approval, actor: Actor): Promise<Settled | null>;
}

export interface AnswerStores<Actor> {
  readonly users: { lock(id: string): Promise<void> };
  readonly codes: CodeStore;
  readonly interactions: InteractionStore;
  readonly grants: Settler<Actor>;
}

export interface AnswerContext<Actor> extends CodeMaker {
  readonly storage: {
    readonly interactions: InteractionStore;
    transaction<Result>(work: (stores: AnswerStores<Actor>) => Promise<Result>): Promise<Result>;
  };
  readonly clock: Clock;
  /** Called after a message was committed to the outbox. */
  readonly onMail: () => void;
}

interface Answer {
  /** Goes to the client once; stored only hashed. */
  readonly code: string;
  readonly scopes: readonly string[];
}

/** `closed`: what the answer would use up was used before, and nothing was granted. */
export type Approved = ({ readonly outcome: 'approved' } & Answer) | { readonly outcome: 'closed' };

interface Person {
  readonly user: { readonly id: string };
}

export type Answers<Actor extends Person> = ReturnType<typeof createAnswers<Actor>>;

export const createAnswers = <Actor extends Person>(context: AnswerContext<Actor>) => ({
  /** `null` when nothing of it can be given any more (`Settler`). */
  approve: (approval: Approval, actor: Actor) => approve(context, approval, actor),
  /** The same answer again, for the same click; `null` when it is too late or the client has redeemed the code. */
  repeat: (name: string, actor: Actor) => repeat(context, name, actor),
  /** An answer that gives nothing. `false` when there was an answer before. */
  closeUnanswered: (closing: Closing): Promise<boolean> =>
    context.storage.interactions.close(closedBy(closing, { codeId: null, now: context.clock() })),
  /** How something was closed; `null` while it is open. */
  findClosed: (name: string): Promise<ClosedInteraction | null> =>
    context.storage.interactions.find(hashOfName(name), context.clock()),
});

async function approve<Actor>(
  context: AnswerContext<Actor>,
  approval: Approval,
  actor: Actor,
): Promise<Approved | null> {
  const minted = mintCode(context);
  const settle = async (stores: AnswerStores<Actor>): Promise<Settled | null> => {
    const settled = await stores.grants.settle(approval, actor);
    if (settled === null) return null;
    const { grant, granted: scopes } = settled;
    // After the grant, since it ends the transaction when something was used before.
    const now = context.clock();
    await closeAll(stores.interactions, approval.closes ?? [], { codeId: minted.id, now });
    const allowed = { request: approval.request, grant, scopes, now };
    await storeCode(stores.codes, context, { minted, allowed });
    return settled;
  };
  try {
    const settled = await context.storage.transaction(settle);
    if (settled === null) return null;
    if (settled.isNews) context.onMail();
    return { outcome: 'approved', code: minted.value, scopes: settled.granted };
  } catch (error) {
    if (error instanceof AlreadyClosed) return { outcome: 'closed' };
    throw error;
  }
}

function repeat<Actor extends Person>(
  context: AnswerContext<Actor>,
  name: string,
  { user }: Actor,
): Promise<Answer | null> {
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
