/**
 * Another e-mail address. It counts when whoever reads the new one has confirmed it, and is the user: in a session of
 * theirs, or with the password, because a mistyped address belongs to a stranger.
 */
import type { Origin } from '../../audit/event.ts';
import { changeAddress, faultOfDomain, tellChange } from './address.ts';
import { countAttempt, countMail } from '../authentication/attempts.ts';
import {
  originOfVisitor,
  userEvent,
  type AccountContext,
  type Invalid,
  type Limited,
  type Visitor,
} from '../context.ts';
import { parseEmail } from './email-address.ts';
import { claimOperator } from './new-user.ts';
import { nobodyAt } from '../authentication/nobody.ts';
import type { AccountStores } from '../ports.ts';
import { passwordFactor } from '../authentication/password-factor.ts';
import { insertProof, liveProof, redeemProof } from '../authentication/proof.ts';
import { tryFactor } from '../authentication/try-factor.ts';
import type { Proof, User } from '../types.ts';

interface EmailChange {
  readonly user: User;
  readonly email: string;
  readonly origin: Origin;
}

/**
 * One message, the same answer and the same statements, whether or not the address has an account. Whoever asks was asked
 * for the password before. A newer link ends the older ones.
 */
export async function requestEmailChange(
  context: AccountContext,
  change: EmailChange,
  visitor: Visitor,
): Promise<{ outcome: 'sent'; email: string } | Invalid | Limited> {
  const { user } = change;
  const email = parseEmail(change.email);
  if (email === null) return invalid('This is not an e-mail address.');
  if (email === user.email) return invalid('This is your address already.');
  const errors = faultOfDomain(context, email);
  if (errors !== null) return { outcome: 'invalid', errors };
  const attempt = { act: 'change-email', account: user.id, address: visitor.address } as const;
  const limited = await countAttempt(context, attempt);
  if (limited !== null) return limited;
  await context.storage.transaction(async (stores) => {
    // Beyond the limit of the address the answer is the same and nothing is sent.
    if ((await countMail(context, stores, { act: 'change-email', email })) !== null) return;
    await sendChange(context, stores, { ...change, email });
  });
  context.onMail();
  return { outcome: 'sent', email };
}

async function sendChange(
  context: AccountContext,
  stores: AccountStores,
  { user, email: to, origin }: EmailChange,
): Promise<void> {
  const at = context.clock();
  await stores.users.lock(user.id);
  const known = await stores.users.byEmail(to);
  const isHeld = await stores.proofs.isHeld(to, user.id, at);
  const isFree = known === null && !isHeld;
  await stores.proofs.voidAll(user.id, 'change-email', at);
  const { id: userId } = isFree ? user : nobodyAt(to);
  const proofId = await insertProof(context, stores, {
    userId,
    purpose: 'change-email',
    email: to,
  });
  await stores.outbox.enqueue(
    isFree ? { kind: 'change-email', to, proofId } : { kind: 'address-wanted', to },
  );
  const details = { after: to };
  const asked = { type: 'email_change_requested', origin, at, details } as const;
  await stores.events.appendOfUser(userEvent(user, asked));
}

const invalid = (email: string): Invalid => ({ outcome: 'invalid', errors: { email } });

export interface EmailChangeLink {
  /** The value from the link. */
  readonly proof: string;
  /** The user signed in here, if any. */
  readonly signedInUserId: string | null;
}

/** Looks without using anything up. `email` is the new address, which the reader of the link knows; nothing else is told. */
export async function inspectEmailChange(
  context: AccountContext,
  { proof: value, signedInUserId }: EmailChangeLink,
): Promise<{ way: 'one-click' | 'password-needed' | 'other-browser'; email: string } | null> {
  const proof = await liveProof(context, 'change-email', value);
  if (proof === null || proof.email === null) return null;
  const { email, userId } = proof;
  if (signedInUserId === userId) return { way: 'one-click', email };
  const user = await context.storage.users.byId(userId);
  const hasPassword = user === null || passwordFactor.isSetUp(user);
  return { way: hasPassword ? 'password-needed' : 'other-browser', email };
}

export type EmailChangeOutcome =
  | { readonly outcome: 'changed' }
  | { readonly outcome: 'password-needed'; readonly isWrong: boolean }
  /** Not in this browser, and there is no password to give. */
  | { readonly outcome: 'other-browser' }
  /** Somebody else has the address by now. */
  | { readonly outcome: 'taken' }
  /** Unknown, used or expired. */
  | { readonly outcome: 'dead-link' }
  | Limited;

export async function confirmEmailChange(
  context: AccountContext,
  request: EmailChangeLink & { readonly password: string | null },
  visitor: Visitor,
): Promise<EmailChangeOutcome> {
  const proof = await liveProof(context, 'change-email', request.proof);
  const user = proof === null ? null : await context.storage.users.byId(proof.userId);
  if (proof === null || user === null || user.suspendedAt !== null) return { outcome: 'dead-link' };
  if (request.signedInUserId !== user.id) {
    const { password } = request;
    if (!passwordFactor.isSetUp(user)) return { outcome: 'other-browser' };
    if (password === null) return { outcome: 'password-needed', isWrong: false };
    // Counted by the link, which strangers do not have.
    const attempt = { act: 'prove', account: proof.id, address: visitor.address } as const;
    const tried = await tryFactor(context, passwordFactor, { user, evidence: password, attempt });
    if (tried.outcome === 'limited') return tried;
    if (tried.outcome === 'wrong') return { outcome: 'password-needed', isWrong: true };
    await tried.forgive();
  }
  // A password that was changed while it was being checked has ended the link.
  const outcome = await context.storage.transaction((stores) =>
    redeemChange(context, stores, { proof, visitor }),
  );
  if (outcome.outcome === 'changed') context.onMail();
  return outcome;
}

async function redeemChange(
  context: AccountContext,
  stores: AccountStores,
  { proof, visitor }: { proof: Proof; visitor: Visitor },
): Promise<EmailChangeOutcome> {
  const at = context.clock();
  const before = await redeemProof(stores, { proof, now: at });
  if (before === null || proof.email === null) return { outcome: 'dead-link' };
  const { email } = proof;
  const after = await changeAddress(stores, { user: before, email, emailVerifiedAt: at, at });
  if (after === null) return { outcome: 'taken' };
  const origin = originOfVisitor(visitor, before.id);
  const wasProved = before.emailVerifiedAt !== null;
  const { id: userId } = before;
  const undo = { userId, purpose: 'undo-email-change', email: before.email } as const;
  const undoId = wasProved ? await insertProof(context, stores, undo) : null;
  await tellChange(stores, { before, after: email, isVerified: true, origin, at, undoId });
  if (!wasProved) {
    await stores.events.append(userEvent(after, { type: 'email_confirmed', origin, at }));
    await claimOperator(stores, after, { at, origin });
  }
  return { outcome: 'changed' };
}
