/**
 * What whoever runs the machine does for somebody who cannot get in: a new password, a link for one, another address.
 * Works without mail. Every act ends in the log.
 */
import { URGENT } from '../../kit/urgency.ts';
import type { Origin } from '../../audit/event.ts';
import { changeAddress, tellChange } from './address.ts';
import { userEvent, type AccountContext, type Invalid } from '../context.ts';
import { parseEmail } from './email-address.ts';
import { claimOperator } from './new-user.ts';
import { faultOfPassword } from '../authentication/password-policy.ts';
import { writeProof } from '../authentication/proof.ts';
import { insertResetProof } from '../recovery/recovery.ts';
import { knowOnly, setPassword } from '../recovery/set-password.ts';
import type { User } from '../types.ts';

interface Target {
  readonly user: User;
  readonly origin: Origin;
}

/** Ends every session and every link of the user, as a reset by link does. */
export async function assignPassword(
  context: AccountContext,
  { user, origin, password }: Target & { readonly password: string },
): Promise<{ outcome: 'changed' } | Invalid> {
  const fault = await faultOfPassword(password, [user.name, user.email]);
  if (fault !== null) return { outcome: 'invalid', errors: { password: fault } };
  const passwordHash = await context.passwords.hash(password, {
    address: origin.address,
    account: user.email,
  });
  await context.storage.transaction(async (stores) => {
    const at = context.clock();
    await stores.users.lock(user.id);
    await stores.sessions.endAll(user.id, null);
    await knowOnly(stores, { user, at, visitor: { deviceToken: null } });
    await setPassword(stores, { user, passwordHash, at, origin });
  }, URGENT);
  context.onMail();
  return { outcome: 'changed' };
}

/** The value of a link for a new password. It was sent to no address, so it proves none. */
export async function issueReset(
  context: AccountContext,
  { user, origin }: Target,
): Promise<string> {
  const proofId = await context.storage.transaction(async (stores) => {
    await stores.users.lock(user.id);
    const id = await insertResetProof(context, stores, { user, email: null });
    const type = 'password_reset_requested';
    await stores.events.append(userEvent(user, { type, origin, at: context.clock() }));
    return id;
  });
  return writeProof(context.proofKeys, 'reset-password', proofId);
}

/** Whoever runs the machine vouches for the address, unless `isVerified` says that the user has yet to prove it. */
export async function assignEmail(
  context: AccountContext,
  change: Target & { readonly email: string; readonly isVerified: boolean },
): Promise<{ outcome: 'changed' } | Invalid> {
  const { user, origin, isVerified } = change;
  const email = parseEmail(change.email);
  if (email === null) return invalid('This is not an e-mail address.');
  const isTaken = await context.storage.transaction(async (stores) => {
    const at = context.clock();
    await stores.users.lock(user.id);
    const before = await stores.users.byId(user.id);
    if (before === null) return true;
    const emailVerifiedAt = isVerified ? at : null;
    const current = await changeAddress(stores, { user: before, email, emailVerifiedAt, at });
    if (current === null) return true;
    // An undo of an earlier change must not take back what an operator decided.
    await stores.proofs.voidAll(user.id, 'undo-email-change', at);
    await tellChange(stores, { before, after: email, isVerified, origin, at, undoId: null });
    if (isVerified) await claimOperator(stores, current, { at, origin });
    return false;
  });
  if (isTaken) return invalid('There is a user with this address.');
  context.onMail();
  return { outcome: 'changed' };
}

const invalid = (email: string): Invalid => ({ outcome: 'invalid', errors: { email } });
