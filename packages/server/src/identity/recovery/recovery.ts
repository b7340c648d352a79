/** A forgotten password: a link by e-mail, once, for an hour. A reset ends every session of the user. */
import type { Origin } from '../../audit/event.ts';
import { endAccess } from '../accounts/access.ts';
import { countAttempt, countMail, judge, knownDeviceOf } from '../authentication/attempts.ts';
import {
  originOfVisitor,
  userEvent,
  type AccountContext,
  type Invalid,
  type Limited,
  type Visitor,
} from '../context.ts';
import { isKeepable, sendKeeping } from '../accounts/deletion.ts';
import { parseEmail } from '../accounts/email-address.ts';
import { claimOperator } from '../accounts/new-user.ts';
import { isNobody, nobodyAt } from '../authentication/nobody.ts';
import { faultOfPassword } from '../authentication/password-policy.ts';
import type { AccountStores } from '../ports.ts';
import { insertProof, liveProof, redeemProof } from '../authentication/proof.ts';
import { knowOnly, setPassword } from './set-password.ts';
import type { User } from '../types.ts';

/**
 * Sends one message whatever the address: the link, or the news that nobody has an account there. Beyond the limit of the
 * address the answer is the same and nothing is sent: a link that was sent before is still live, so that nobody can be
 * kept from recovering. A known browser has a limit of its own.
 */
export async function requestReset(
  context: AccountContext,
  address: string,
  visitor: Visitor,
): Promise<{ outcome: 'sent'; email: string } | Invalid | Limited> {
  const email = parseEmail(address);
  if (email === null)
    return { outcome: 'invalid', errors: { email: 'This is not an e-mail address.' } };
  const known = await context.storage.users.byEmail(email);
  const knownDevice = await knownDeviceOf(context, known, visitor);
  const network = { act: 'recover', account: null, address: visitor.address, knownDevice } as const;
  const limited = await countAttempt(context, network);
  if (limited !== null) return limited;
  await context.storage.transaction(async (stores) => {
    const mail = { act: 'recover', email, knownDevice } as const;
    if ((await countMail(context, stores, mail)) !== null) return;
    const found = await stores.users.byEmail(email);
    await sendAnswer(context, stores, { user: found ?? nobodyAt(email), visitor });
  });
  context.onMail();
  return { outcome: 'sent', email };
}

/** The same statements for everybody. Of nobody, the proof and the event are inserted nowhere. */
async function sendAnswer(
  context: AccountContext,
  stores: AccountStores,
  { user: found, visitor }: { user: User; visitor: Visitor },
): Promise<void> {
  const keeps = isKeepable(found);
  const user = found.suspendedAt === null || keeps ? found : nobodyAt(found.email);
  await (keeps ? sendKeeping(context, stores, user) : sendReset(context, stores, user));
  const origin = originOfVisitor(visitor, null);
  const type = 'password_reset_requested';
  await stores.events.appendOfUser(userEvent(user, { type, origin, at: context.clock() }));
}

async function sendReset(
  context: AccountContext,
  stores: AccountStores,
  user: User,
): Promise<void> {
  const { email: to, name } = user;
  // Links that were sent before stay live: whoever asks again and again must not end the one that the owner is opening.
  const proofId = await insertResetProof(context, stores, { user, email: to });
  await stores.outbox.enqueue(
    isNobody(user)
      ? { kind: 'no-such-account', to }
      : { kind: 'reset-password', to, name, proofId },
  );
}

/** `email`: where the link goes, which it proves. */
export const insertResetProof = (
  context: AccountContext,
  stores: AccountStores,
  { user, email }: { user: User; email: string | null },
): Promise<string> =>
  insertProof(context, stores, { userId: user.id, purpose: 'reset-password', email });

/** Whether a link can still be used; uses nothing up. */
export const isResetLive = async (context: AccountContext, value: string): Promise<boolean> =>
  (await liveProof(context, 'reset-password', value)) !== null;

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
  const proof = await liveProof(context, 'reset-password', form.proof);
  const user = proof === null ? null : await context.storage.users.byId(proof.userId);
  if (proof === null || user === null || user.suspendedAt !== null) return { outcome: 'dead-link' };
  // Judging and hashing cost, and a live link can be sent any number of times with a password that is refused.
  const attempt = { act: 'prove', account: proof.id, address: visitor.address } as const;
  const limited = await countAttempt(context, attempt);
  if (limited !== null) return limited;
  const fault = await faultOfPassword(form.password, [user.name, user.email]);
  if (fault !== null) return { outcome: 'invalid', errors: { password: fault } };
  const passwordHash = await judge(context, attempt, () =>
    context.passwords.hash(form.password, attempt),
  );
  const outcome = await context.storage.transaction(async (stores): Promise<ResetOutcome> => {
    const now = context.clock();
    const current = await redeemProof(stores, { proof, now });
    if (current === null) return { outcome: 'dead-link' };
    const origin = originOfVisitor(visitor, user.id);
    const provesAddress = current.emailVerifiedAt === null && proof.email === current.email;
    if (provesAddress) await proveAddress(stores, { user: current, at: now, origin });
    await stores.sessions.endAll(user.id, null);
    await knowOnly(stores, { user, at: now, visitor });
    await setPassword(stores, { user: current, passwordHash, at: now, origin });
    if (form.endsAccess === true) await endAccess(stores, { user, origin, at: now });
    return { outcome: 'reset', email: current.email };
  });
  if (outcome.outcome !== 'reset') return outcome;
  context.onMail();
  return outcome;
}

/** The link went to the address, so whoever follows it has proved it. */
async function proveAddress(
  stores: AccountStores,
  { user, at, origin }: { user: User; at: number; origin: Origin },
): Promise<void> {
  await stores.users.update(user.id, { emailVerifiedAt: at });
  await stores.events.append(userEvent(user, { type: 'email_confirmed', origin, at }));
  await claimOperator(stores, user, { at, origin });
}
