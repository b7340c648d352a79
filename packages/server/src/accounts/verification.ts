/**
 * Proving an e-mail address. A proof alone signs in no browser but the one that asked: anybody else's must give the
 * password too, so that nobody can make an account in another's name and have them confirm it.
 */
import { equalBytes, sha256 } from '../kit/hash.ts';
import { newId } from '../kit/ids.ts';
import { hours } from '../kit/clock.ts';
import { countAttempt, forgiveAttempt } from './attempts.ts';
import {
  originOfVisitor,
  userEvent,
  type AccountContext,
  type Limited,
  type Visitor,
} from './context.ts';
import { claimOperator } from './new-user.ts';
import type { AccountStores } from './ports.ts';
import { readProof } from './proof.ts';
import { startSession, type StartedSession } from './sessions.ts';
import type { Proof, User } from './types.ts';

export const VERIFY_SECONDS = hours(24);

export async function sendVerification(
  context: AccountContext,
  stores: AccountStores,
  { user, browserToken }: { user: User; browserToken: string | null },
): Promise<void> {
  const now = context.clock();
  const proof: Proof = {
    id: newId(),
    userId: user.id,
    purpose: 'verify-email',
    browserHash: browserToken === null ? null : sha256(browserToken),
    createdAt: now,
    expiresAt: now + VERIFY_SECONDS,
    usedAt: null,
  };
  await stores.proofs.voidAll(user.id, 'verify-email', now);
  await stores.proofs.insert(proof);
  await stores.outbox.enqueue({
    kind: 'verify-email',
    to: user.email,
    name: user.name,
    proofId: proof.id,
  });
}

/** Sends the link again to a signed-in user whose address is not proved yet. */
export async function resendVerification(
  context: AccountContext,
  user: User,
  visitor: Visitor,
): Promise<{ outcome: 'sent' } | { outcome: 'already-verified' } | Limited> {
  if (user.emailVerifiedAt !== null) return { outcome: 'already-verified' };
  const limited = await countAttempt(context, {
    act: 'recover',
    account: user.email,
    address: visitor.address,
  });
  if (limited !== null) return limited;
  await context.storage.transaction((stores) =>
    sendVerification(context, stores, { user, browserToken: null }),
  );
  context.onMail();
  return { outcome: 'sent' };
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
  /** Unknown, used or expired. */
  | { readonly outcome: 'dead-link' }
  | Limited;

/** Looks without using anything up: which page a link leads to. */
export async function inspectVerification(
  context: AccountContext,
  request: VerificationRequest,
): Promise<'dead-link' | 'one-click' | 'password-needed'> {
  const proof = await liveProof(context, request.proof);
  if (proof === null) return 'dead-link';
  return isSameBrowser(proof, request) ? 'one-click' : 'password-needed';
}

export async function verifyEmail(
  context: AccountContext,
  request: VerificationRequest,
  visitor: Visitor,
): Promise<VerificationOutcome> {
  const proof = await liveProof(context, request.proof);
  const user = proof === null ? null : await context.storage.users.byId(proof.userId);
  if (proof === null || user === null || user.suspendedAt !== null) return { outcome: 'dead-link' };
  if (!isSameBrowser(proof, request)) {
    const { password } = request;
    if (password === null) return { outcome: 'password-needed', isWrong: false };
    const attempt = { act: 'sign-in', account: user.email, address: visitor.address } as const;
    const limited = await countAttempt(context, attempt);
    if (limited !== null) return limited;
    const check = await context.passwords.verify(password, user.passwordHash);
    if (!check.matches) return { outcome: 'password-needed', isWrong: true };
    await forgiveAttempt(context, attempt);
  }
  return redeemVerification(context, { proof, user, visitor });
}

function redeemVerification(
  context: AccountContext,
  { proof, user, visitor }: { proof: Proof; user: User; visitor: Visitor },
): Promise<VerificationOutcome> {
  return context.storage.transaction(async (stores) => {
    const now = context.clock();
    const redeemed = await stores.proofs.redeem(proof.id, 'verify-email', now);
    if (redeemed === null) return { outcome: 'dead-link' };
    const origin = originOfVisitor(visitor, user.id);
    await stores.users.update(user.id, {
      emailVerifiedAt: now,
      firstSignInAt: now,
      lastSeenAt: now,
      updatedAt: now,
    });
    await stores.events.append(userEvent(user, { type: 'email_confirmed', origin, at: now }));
    await claimOperator(stores, user, { at: now, origin });
    const started = await startSession(context, stores, { user, visitor });
    if (visitor.deviceToken !== null) {
      await stores.devices.remember(user.id, sha256(visitor.deviceToken), now);
    }
    await stores.events.append(
      userEvent(user, {
        type: 'user_login',
        origin,
        at: now,
        resourceId: started.session.id,
        resourceType: 'session',
      }),
    );
    return { outcome: 'verified', user, started };
  });
}

async function liveProof(context: AccountContext, value: string): Promise<Proof | null> {
  const id = readProof(context.proofKey, 'verify-email', value);
  const proof = id === null ? null : await context.storage.proofs.byId(id);
  const isLive = proof !== null && proof.usedAt === null && proof.expiresAt > context.clock();
  return isLive ? proof : null;
}

function isSameBrowser(proof: Proof, request: VerificationRequest): boolean {
  if (request.signedInUserId === proof.userId) return true;
  if (proof.browserHash === null || request.browserToken === null) return false;
  return equalBytes(proof.browserHash, sha256(request.browserToken));
}
