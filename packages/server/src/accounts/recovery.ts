/** A forgotten password: a link by e-mail, once, for an hour. A reset ends every session of the user. */
import { hours } from '../kit/clock.ts';
import { newId } from '../kit/ids.ts';
import { countAttempt } from './attempts.ts';
import {
  originOfVisitor,
  userEvent,
  type AccountContext,
  type Invalid,
  type Limited,
  type Visitor,
} from './context.ts';
import { parseEmail } from './email-address.ts';
import { faultOfPassword } from './password-policy.ts';
import type { AccountStores } from './ports.ts';
import { readProof } from './proof.ts';
import type { User } from './types.ts';

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
  const id = readProof(context.proofKey, 'reset-password', value);
  const proof = id === null ? null : await context.storage.proofs.byId(id);
  return proof !== null && proof.usedAt === null && proof.expiresAt > context.clock();
}

export type ResetOutcome = { outcome: 'reset'; email: string } | { outcome: 'dead-link' } | Invalid;

/** Sets a new password, proves the address (the link went there) and ends all sessions, in one transaction. */
export async function resetPassword(
  context: AccountContext,
  form: { proof: string; password: string },
  visitor: Visitor,
): Promise<ResetOutcome> {
  const id = readProof(context.proofKey, 'reset-password', form.proof);
  const proof = id === null ? null : await context.storage.proofs.byId(id);
  const user = proof === null ? null : await context.storage.users.byId(proof.userId);
  if (id === null || user === null) return { outcome: 'dead-link' };
  const fault = await faultOfPassword(form.password, [user.name, user.email]);
  if (fault !== null) return { outcome: 'invalid', errors: { password: fault } };
  const passwordHash = await context.passwords.hash(form.password);
  const outcome = await context.storage.transaction(async (stores): Promise<ResetOutcome> => {
    const now = context.clock();
    if ((await stores.proofs.redeem(id, 'reset-password', now)) === null)
      return { outcome: 'dead-link' };
    await stores.users.update(user.id, { emailVerifiedAt: user.emailVerifiedAt ?? now });
    await stores.sessions.endAll(user.id, null);
    await setPassword(stores, { user, passwordHash, at: now, visitor });
    return { outcome: 'reset', email: user.email };
  });
  context.onMail();
  return outcome;
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
  if (!check.matches) {
    return {
      outcome: 'invalid',
      errors: { current_password: 'This is not your current password.' },
    };
  }
  const fault = await faultOfPassword(change.password, [user.name, user.email]);
  if (fault !== null) return { outcome: 'invalid', errors: { password: fault } };
  const passwordHash = await context.passwords.hash(change.password);
  await context.storage.transaction(async (stores) => {
    await stores.sessions.endAll(user.id, change.keepSessionId);
    await setPassword(stores, { user, passwordHash, at: context.clock(), visitor });
  });
  context.onMail();
  return { outcome: 'changed' };
}
