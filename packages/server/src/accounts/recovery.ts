/** A forgotten password: a link by e-mail, once, for an hour. A reset ends every session of the user. */
import { hours } from '../kit/clock.ts';
import { newId } from '../kit/ids.ts';
import { endAccess } from './access.ts';
import { countAttempt } from './attempts.ts';
import { sha256 } from '../kit/hash.ts';
import {
  originOfVisitor,
  userEvent,
  type AccountContext,
  type Invalid,
  type Limited,
  type Visitor,
} from './context.ts';
import { parseEmail } from './email-address.ts';
import { claimOperator } from './new-user.ts';
import { faultOfPassword } from './password-policy.ts';
import type { AccountStores } from './ports.ts';
import { readProof } from './proof.ts';
import type { Proof, User } from './types.ts';

export const RESET_SECONDS = hours(1);

/** Sends one message whatever the address: the link, or the news that nobody has an account there. */
export async function requestReset(
  context: AccountContext,
  address: string,
  visitor: Visitor,
): Promise<{ outcome: 'sent'; email: string } | Invalid | Limited> {
  const email = parseEmail(address);
  if (email === null)
    return { outcome: 'invalid', errors: { email: 'This is not an e-mail address.' } };
  const limited = await countAttempt(context, {
    act: 'recover',
    account: email,
    address: visitor.address,
  });
  if (limited !== null) return limited;
  await context.storage.transaction(async (stores) => {
    const user = await stores.users.byEmail(email);
    if (user === null || user.suspendedAt !== null) {
      await stores.outbox.enqueue({ kind: 'no-such-account', to: email });
      return;
    }
    await sendReset(context, stores, { user, visitor });
  });
  context.onMail();
  return { outcome: 'sent', email };
}

async function sendReset(
  context: AccountContext,
  stores: AccountStores,
  { user, visitor }: { user: User; visitor: Visitor },
): Promise<void> {
  const now = context.clock();
  const id = newId();
  await stores.proofs.voidAll(user.id, 'reset-password', now);
  await stores.proofs.insert({
    id,
    userId: user.id,
    purpose: 'reset-password',
    browserHash: null,
    createdAt: now,
    expiresAt: now + RESET_SECONDS,
    usedAt: null,
  });
  await stores.outbox.enqueue({
    kind: 'reset-password',
    to: user.email,
    name: user.name,
    proofId: id,
  });
  const origin = originOfVisitor(visitor, null);
  await stores.events.append(
    userEvent(user, { type: 'password_reset_requested', origin, at: now }),
  );
}

/** Whether a link can still be used; uses nothing up. */
export async function isResetLive(context: AccountContext, value: string): Promise<boolean> {
  return (await liveProof(context, value)) !== null;
}

async function liveProof(context: AccountContext, value: string): Promise<Proof | null> {
  const id = readProof(context.proofKey, 'reset-password', value);
  const proof = id === null ? null : await context.storage.proofs.byId(id);
  const isLive = proof !== null && proof.usedAt === null && proof.expiresAt > context.clock();
  return isLive ? proof : null;
}

export type ResetOutcome =
  | { readonly outcome: 'reset'; readonly email: string }
  | { readonly outcome: 'dead-link' }
  | Invalid
  | Limited;

/**
 * Sets a new password, proves the address (the link went there) and ends all sessions, in one transaction; tokens and
 * connected apps too when that is wished.
 */
export async function resetPassword(
  context: AccountContext,
  form: { proof: string; password: string; endsAccess?: boolean },
  visitor: Visitor,
): Promise<ResetOutcome> {
  const proof = await liveProof(context, form.proof);
  const user = proof === null ? null : await context.storage.users.byId(proof.userId);
  if (proof === null || user === null || user.suspendedAt !== null) return { outcome: 'dead-link' };
  // Judging and hashing cost, and a live link can be sent any number of times with a password that is refused.
  const attempt = { act: 'prove', account: proof.id, address: visitor.address } as const;
  const limited = await countAttempt(context, attempt);
  if (limited !== null) return limited;
  const fault = await faultOfPassword(form.password, [user.name, user.email]);
  if (fault !== null) return { outcome: 'invalid', errors: { password: fault } };
  const passwordHash = await context.passwords.hash(form.password);
  const outcome = await context.storage.transaction(async (stores): Promise<ResetOutcome> => {
    const now = context.clock();
    if ((await stores.proofs.redeem(proof.id, 'reset-password', now)) === null)
      return { outcome: 'dead-link' };
    await stores.users.lock(user.id);
    if (user.emailVerifiedAt === null) await proveAddress(stores, { user, at: now, visitor });
    await stores.sessions.endAll(user.id, null);
    await knowOnly(stores, { user, at: now, visitor });
    await setPassword(stores, { user, passwordHash, at: now, visitor });
    const origin = originOfVisitor(visitor, user.id);
    if (form.endsAccess === true) await endAccess(stores, { user, origin, at: now });
    return { outcome: 'reset', email: user.email };
  });
  if (form.endsAccess === true) context.onAccessChanged();
  context.onMail();
  return outcome;
}

/** The link went to the address, so whoever follows it has proved it. */
async function proveAddress(
  stores: AccountStores,
  { user, at, visitor }: { user: User; at: number; visitor: Visitor },
): Promise<void> {
  const origin = originOfVisitor(visitor, user.id);
  await stores.users.update(user.id, { emailVerifiedAt: at });
  await stores.events.append(userEvent(user, { type: 'email_confirmed', origin, at }));
  await claimOperator(stores, user, { at, origin });
}

/** Whoever knew the old password may have signed in with it; this browser has proved more than that. */
async function knowOnly(
  stores: AccountStores,
  { user, at, visitor }: { user: User; at: number; visitor: Visitor },
): Promise<void> {
  await stores.devices.forgetAll(user.id);
  if (visitor.deviceToken === null) return;
  await stores.devices.remember(user.id, sha256(visitor.deviceToken), at);
}

async function setPassword(
  stores: AccountStores,
  change: { user: User; passwordHash: string; at: number; visitor: Visitor },
): Promise<void> {
  const { user, passwordHash, at, visitor } = change;
  await stores.users.update(user.id, { passwordHash, passwordChangedAt: at, updatedAt: at });
  const origin = originOfVisitor(visitor, user.id);
  await stores.events.append(userEvent(user, { type: 'password_changed', origin, at }));
  await stores.outbox.enqueue({
    kind: 'password-changed',
    to: user.email,
    name: user.name,
    at,
    address: visitor.address,
  });
}

export interface PasswordChange {
  readonly user: User;
  readonly current: string;
  readonly password: string;
  readonly keepSessionId: string;
}

const NOT_CURRENT: Invalid = {
  outcome: 'invalid',
  errors: { current_password: 'This is not your current password.' },
};

/** Asks for the current password and signs out every other browser. */
export async function changePassword(
  context: AccountContext,
  change: PasswordChange,
  visitor: Visitor,
): Promise<{ outcome: 'changed' } | Invalid | Limited> {
  const { user } = change;
  const limited = await countAttempt(context, {
    act: 'prove',
    account: user.id,
    address: visitor.address,
  });
  if (limited !== null) return limited;
  const check = await context.passwords.verify(change.current, user.passwordHash);
  if (!check.matches) return NOT_CURRENT;
  const fault = await faultOfPassword(change.password, [user.name, user.email]);
  if (fault !== null) return { outcome: 'invalid', errors: { password: fault } };
  const passwordHash = await context.passwords.hash(change.password);
  const isChanged = await context.storage.transaction(async (stores) => {
    // A reset that was answered while the old password was being checked must not be undone with it.
    await stores.users.lock(user.id);
    const current = await stores.users.byId(user.id);
    if (current?.passwordHash !== user.passwordHash || current.suspendedAt !== null) return false;
    const at = context.clock();
    await stores.sessions.endAll(user.id, change.keepSessionId);
    await knowOnly(stores, { user, at, visitor });
    await setPassword(stores, { user, passwordHash, at, visitor });
    return true;
  });
  if (!isChanged) return NOT_CURRENT;
  context.onMail();
  return { outcome: 'changed' };
}
