/**
 * Taking an address back, for whoever lost the account to a change: the old address, which was proved, returns for seven
 * days after the change, whatever happened since. Ends this undo and those of later changes, never those of earlier ones,
 * so that a hijacker who changed the address cannot undo what its owner undid.
 */
import type { Origin } from '../../audit/event.ts';
import { changeAddress } from './address.ts';
import { countAttempt, judge } from '../authentication/attempts.ts';
import {
  originOfVisitor,
  secretToken,
  userEvent,
  type AccountContext,
  type Limited,
  type Visitor,
} from '../context.ts';
import { cancel, isKeepable } from './deletion.ts';
import type { AccountStores } from '../ports.ts';
import { liveProof, redeemProof, writeProof } from '../authentication/proof.ts';
import { insertResetProof } from '../recovery/recovery.ts';
import { knowOnly } from '../recovery/set-password.ts';
import type { Proof } from '../types.ts';

/** The address that would come back; `null` when the link is dead. Uses nothing up. */
export const inspectUndo = async (context: AccountContext, value: string): Promise<string | null> =>
  (await liveProof(context, 'undo-email-change', value))?.email ?? null;

export type UndoOutcome =
  /** `reset` is the value of a link for a new password, for this browser to go on with. */
  | { readonly outcome: 'undone'; readonly reset: string }
  | { readonly outcome: 'dead-link' }
  | Limited;

/** The password is replaced by one that nobody knows: whoever made the change knew the one of before. */
export async function undoEmailChange(
  context: AccountContext,
  value: string,
  visitor: Visitor,
): Promise<UndoOutcome> {
  const proof = await liveProof(context, 'undo-email-change', value);
  if (proof === null) return { outcome: 'dead-link' };
  // Hashing costs, and a live link can be sent many times at once.
  const attempt = { act: 'prove', account: proof.id, address: visitor.address } as const;
  const limited = await countAttempt(context, attempt);
  if (limited !== null) return limited;
  const unknown = secretToken(context.randomBytes);
  const passwordHash = await judge(context, attempt, () =>
    context.passwords.hash(unknown, attempt),
  );
  const resetId = await context.storage.transaction((stores) =>
    redeemUndo(context, stores, { proof, visitor, passwordHash }),
  );
  if (resetId === null) return { outcome: 'dead-link' };
  context.onMail();
  return { outcome: 'undone', reset: writeProof(context.proofKeys, 'reset-password', resetId) };
}

/** Answers the id of the proof with which the password is chosen; `null` when the link is dead. */
async function redeemUndo(
  context: AccountContext,
  stores: AccountStores,
  given: { proof: Proof; visitor: Visitor; passwordHash: string },
): Promise<string | null> {
  const { proof, visitor, passwordHash } = given;
  const at = context.clock();
  const origin = originOfVisitor(visitor, proof.userId);
  await keepWhoWasDeleted(context, stores, { proof, origin });
  const before = await redeemProof(stores, { proof, now: at });
  if (before === null || proof.email === null) return null;
  await stores.proofs.voidFrom(proof, at);
  const change = { user: before, email: proof.email, emailVerifiedAt: at, at };
  // Nobody else can have got the address: it was held.
  const user = await changeAddress(stores, change);
  if (user === null) return null;
  await stores.sessions.endAll(user.id, null);
  await knowOnly(stores, { user, at, visitor: { deviceToken: null } });
  const details = { before: before.email, after: user.email };
  const type = 'email_change_undone';
  await stores.events.append(userEvent(user, { type, origin, at, details }));
  // Without the message about it: its reader is choosing another one.
  await stores.users.update(user.id, { passwordHash, passwordChangedAt: at, updatedAt: at });
  await stores.events.append(userEvent(user, { type: 'password_changed', origin, at }));
  if (before.email !== user.email && before.emailVerifiedAt !== null) {
    const { email: to, name } = before;
    const { address } = visitor;
    await stores.outbox.enqueue({ kind: 'email-change-undone', to, name, at, address });
  }
  return insertResetProof(context, stores, { user, email: user.email });
}

/** A deletion that the account itself asked for since is the hijacker's. One of an operator stands. */
async function keepWhoWasDeleted(
  context: AccountContext,
  stores: AccountStores,
  { proof: { id, purpose, userId }, origin }: { proof: Proof; origin: Origin },
): Promise<void> {
  await stores.users.lock(userId);
  const isLive = (await stores.proofs.live(id, purpose, context.clock())) !== null;
  const user = await stores.users.byId(userId);
  if (isLive && user !== null && isKeepable(user))
    await cancel(context, stores, { userId, origin });
}
