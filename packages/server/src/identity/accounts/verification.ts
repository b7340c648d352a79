/**
 * Proving an e-mail address. A proof alone signs in no browser but the one that asked: anybody else's must give the
 * password too, so that nobody can make an account in another's name and have them confirm it.
 */
import { equalBytes, sha256 } from '../../kit/hash.ts';
import { countAttempt, countMail, forgetRecoveries } from '../authentication/attempts.ts';
import { emailFactor } from '../authentication/email-factor.ts';
import { passwordFactor } from '../authentication/password-factor.ts';
import { insertProof, liveProof } from '../authentication/proof.ts';
import { startSession, type StartedSession } from '../authentication/sessions.ts';
import { identified, settle, withFactor, type SignIn } from '../authentication/steps.ts';
import { tryFactor } from '../authentication/try-factor.ts';
import {
  originOfVisitor,
  userEvent,
  type AccountContext,
  type Limited,
  type Visitor,
} from '../context.ts';
import type { AccountStores } from '../ports.ts';
import type { Proof, User } from '../types.ts';
import { claimOperator } from './new-user.ts';

export interface VerificationMail {
  readonly user: User;
  /** The browser that the link may sign in without a password. */
  readonly browserHash: Uint8Array | null;
}

/** A newer link voids the older ones; answers the id of the proof. */
export async function insertVerification(
  context: AccountContext,
  stores: AccountStores,
  { user, browserHash }: VerificationMail,
): Promise<string> {
  await stores.proofs.voidAll(user.id, 'verify-email', context.clock());
  const { id: userId, email } = user;
  return insertProof(context, stores, { userId, purpose: 'verify-email', email, browserHash });
}

export async function sendVerification(
  context: AccountContext,
  stores: AccountStores,
  mail: VerificationMail,
): Promise<void> {
  const proofId = await insertVerification(context, stores, mail);
  const { email: to, name } = mail.user;
  await stores.outbox.enqueue({ kind: 'verify-email', to, name, proofId });
}

/** Sends the link again to a signed-in user whose address is not proved yet. */
export async function resendVerification(
  context: AccountContext,
  user: User,
  visitor: Visitor,
): Promise<{ outcome: 'sent' } | { outcome: 'already-verified' } | Limited> {
  if (user.emailVerifiedAt !== null) return { outcome: 'already-verified' };
  const { email } = user;
  const network = { act: 'recover', account: null, address: visitor.address } as const;
  const limited = await countAttempt(context, network);
  if (limited !== null) return limited;
  const outcome = await context.storage.transaction(async (stores) => {
    // Not the limit of recovery, which strangers can use up.
    const tooMany = await countMail(context, stores, { act: 'resend', email });
    if (tooMany !== null) return tooMany;
    await stores.users.lock(user.id);
    const current = await stores.users.byId(user.id);
    if (current === null || current.emailVerifiedAt !== null)
      return { outcome: 'already-verified' } as const;
    await sendVerification(context, stores, { user: current, browserHash: null });
    return { outcome: 'sent' } as const;
  });
  if (outcome.outcome === 'sent') context.onMail();
  return outcome;
}

export interface VerificationRequest {
  /** The value from the link. */
  readonly proof: string;
  /** The cookie that signing up gave this browser. */
  readonly browserToken: string | null;
  /** The user signed in here, if any. */
  readonly signedInUserId: string | null;
  readonly password: string | null;
}

export type VerificationOutcome =
  | { readonly outcome: 'verified'; readonly user: User; readonly started: StartedSession }
  /** The link is right, but this browser must give the password too. */
  | { readonly outcome: 'password-needed'; readonly isWrong: boolean }
  /** The link is right, but not in this browser, and there is no password to give. */
  | { readonly outcome: 'other-browser' }
  /** Unknown, used or expired. */
  | { readonly outcome: 'dead-link' }
  | Limited;

/** Looks without using anything up: which page a link leads to. */
export async function inspectVerification(
  context: AccountContext,
  request: VerificationRequest,
): Promise<'dead-link' | 'one-click' | 'password-needed' | 'other-browser'> {
  const proof = await liveProof(context, 'verify-email', request.proof);
  if (proof === null) return 'dead-link';
  if (isSameBrowser(proof, request)) return 'one-click';
  const user = await context.storage.users.byId(proof.userId);
  return user === null || passwordFactor.isSetUp(user) ? 'password-needed' : 'other-browser';
}

export async function verifyEmail(
  context: AccountContext,
  request: VerificationRequest,
  visitor: Visitor,
): Promise<VerificationOutcome> {
  const proof = await liveProof(context, 'verify-email', request.proof);
  const user = proof === null ? null : await context.storage.users.byId(proof.userId);
  if (proof === null || user === null || user.suspendedAt !== null) return { outcome: 'dead-link' };
  // Counted by the link, which strangers do not have: they cannot use up the guesses of whoever has it.
  const attempt = { act: 'prove', account: proof.id, address: visitor.address } as const;
  const isOwn = isSameBrowser(proof, request);
  let signIn = identified(user, isOwn ? [] : [[passwordFactor.method]]);
  if (!isOwn) {
    const { password } = request;
    if (!passwordFactor.isSetUp(user)) return { outcome: 'other-browser' };
    if (password === null) return { outcome: 'password-needed', isWrong: false };
    const tried = await tryFactor(context, passwordFactor, { user, evidence: password, attempt });
    if (tried.outcome === 'limited') return tried;
    if (tried.outcome === 'wrong') return { outcome: 'password-needed', isWrong: true };
    await tried.forgive();
    signIn = withFactor(signIn, tried.factor);
  }
  const link = await tryFactor(context, emailFactor, { user, evidence: proof, attempt });
  if (link.outcome !== 'proved') return { outcome: 'dead-link' };
  return redeemVerification(context, { signIn: withFactor(signIn, link.factor), visitor });
}

function redeemVerification(
  context: AccountContext,
  { signIn, visitor }: { signIn: SignIn; visitor: Visitor },
): Promise<VerificationOutcome> {
  return context.storage.transaction(async (stores) => {
    const now = context.clock();
    const settled = await settle(stores, signIn);
    if (settled === null) return { outcome: 'dead-link' };
    const { user } = settled;
    const origin = originOfVisitor(visitor, user.id);
    await forgetRecoveries(stores, user);
    await stores.users.update(user.id, {
      emailVerifiedAt: now,
      firstSignInAt: now,
      lastSeenAt: now,
      updatedAt: now,
    });
    await stores.events.append(userEvent(user, { type: 'email_confirmed', origin, at: now }));
    await claimOperator(stores, user, { at: now, origin });
    const { started } = await startSession(context, stores, { signIn: settled, visitor });
    return { outcome: 'verified', user, started };
  });
}

export function isSameBrowser(
  proof: Proof,
  request: Pick<VerificationRequest, 'browserToken' | 'signedInUserId'>,
): boolean {
  if (request.signedInUserId === proof.userId) return true;
  if (proof.browserHash === null || request.browserToken === null) return false;
  return equalBytes(proof.browserHash, sha256(request.browserToken));
}
