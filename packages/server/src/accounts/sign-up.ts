/**
 * Signing up and proving the address. The answer is the same whether or not the address has an account; only the
 * message that is sent there differs. A proof alone signs in no browser but the one that asked: anybody else's must
 * give the password too, so that nobody can make an account in another's name and have them confirm it.
 */
import { equalBytes, sha256 } from '../kit/hash.ts';
import { newId } from '../kit/ids.ts';
import { hours } from '../kit/clock.ts';
import { countAttempt, forgiveAttempt } from './attempts.ts';
import {
  originOfVisitor,
  secretToken,
  userEvent,
  type AccountContext,
  type FieldErrors,
  type Invalid,
  type Limited,
  type Visitor,
} from './context.ts';
import { domainOf, parseEmail } from './email-address.ts';
import { faultOfPassword } from './password-policy.ts';
import type { AccountStores } from './ports.ts';
import { readProof } from './proof.ts';
import { startSession, type StartedSession } from './sessions.ts';
import type { Proof, User } from './types.ts';

export const VERIFY_SECONDS = hours(24);
export const MAX_NAME_LENGTH = 100;

export interface SignUpForm {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export type SignUpOutcome =
  /** The same for new and known addresses. `browserToken` goes into a cookie. */
  | { readonly outcome: 'sent'; readonly email: string; readonly browserToken: string }
  | { readonly outcome: 'closed' }
  | Invalid
  | Limited;

export async function signUp(
  context: AccountContext,
  form: SignUpForm,
  visitor: Visitor,
): Promise<SignUpOutcome> {
  const { mode, domains } = context.policy.signUp;
  if (mode === 'closed') return { outcome: 'closed' };
  const { email, errors } = await checkNewUser(form);
  if (mode === 'domains' && email !== null && !domains.includes(domainOf(email))) {
    return {
      outcome: 'invalid',
      errors: { ...errors, email: `Sign-up is open to addresses at ${domains.join(', ')}.` },
    };
  }
  if (email === null || Object.keys(errors).length > 0) return { outcome: 'invalid', errors };
  const limited = await countAttempt(context, {
    act: 'sign-up',
    account: email,
    address: visitor.address,
  });
  if (limited !== null) return limited;

  const passwordHash = await context.passwords.hash(form.password);
  const browserToken = secretToken(context.randomBytes);
  await context.storage.transaction(async (stores) => {
    const known = await stores.users.byEmail(email);
    if (known !== null) {
      await stores.outbox.enqueue({ kind: 'address-in-use', to: email, name: known.name });
      return;
    }
    const user = newUser(context, { name: form.name.trim(), email, passwordHash });
    await insertUser(stores, user, {
      at: context.clock(),
      origin: originOfVisitor(visitor, user.id),
    });
    await sendVerification(context, stores, { user, browserToken });
  });
  context.onMail();
  return { outcome: 'sent', email, browserToken };
}

/** What every way of making a user checks: portal and command line alike. */
export async function checkNewUser(
  form: SignUpForm,
): Promise<{ email: string | null; errors: FieldErrors }> {
  const errors: Record<string, string> = {};
  const name = form.name.trim();
  if (name === '') errors['name'] = 'Tell us your name.';
  if (name.length > MAX_NAME_LENGTH) errors['name'] = `Use at most ${MAX_NAME_LENGTH} characters.`;
  const email = parseEmail(form.email);
  if (email === null) errors['email'] = 'This is not an e-mail address.';
  const fault = await faultOfPassword(form.password, [name, form.email]);
  if (fault !== null) errors['password'] = fault;
  return { email, errors };
}

export function newUser(
  context: AccountContext,
  { name, email, passwordHash }: { name: string; email: string; passwordHash: string },
): User {
  const now = context.clock();
  return {
    id: newId(),
    email,
    name,
    bio: null,
    location: null,
    passwordHash,
    passwordChangedAt: now,
    emailVerifiedAt: null,
    suspendedAt: null,
    isOperator: false,
    accountId: newId(),
    firstSignInAt: null,
    lastSeenAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** A user, the user's account with its one team, and the membership that owns it. `false` when the address is taken. */
export async function insertUser(
  stores: AccountStores,
  user: User,
  happening: { at: number; origin: ReturnType<typeof originOfVisitor> },
): Promise<boolean> {
  if (!(await stores.users.insert(user))) return false;
  const dates = { createdAt: user.createdAt, updatedAt: user.updatedAt };
  const account = {
    id: user.accountId,
    displayName: `${user.name}'s account`,
    ownerId: user.id,
    ...dates,
  };
  const team = { id: newId(), accountId: account.id, name: `${user.name}'s team`, ...dates };
  await stores.accounts.insert(account, team, {
    accountId: account.id,
    userId: user.id,
    role: 'owner',
    createdAt: user.createdAt,
  });
  await stores.events.append(userEvent(user, { type: 'user_created', ...happening }));
  return true;
}

async function sendVerification(
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

/** The first user with a proved address runs the installation. One statement decides who that is. */
export async function claimOperator(
  stores: AccountStores,
  user: User,
  happening: { at: number; origin: ReturnType<typeof originOfVisitor> },
): Promise<boolean> {
  const isFirst = await stores.users.claimInstallation(user.id, happening.at);
  if (!isFirst) return false;
  await stores.users.update(user.id, { isOperator: true });
  await stores.events.append(userEvent(user, { type: 'operator_added', ...happening }));
  return true;
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
