/** A new password for somebody who is signed in. Every other browser of theirs is signed out. */
import { countAttempt, judge } from '../authentication/attempts.ts';
import { redeemFactors, type ProvedFactor } from '../authentication/factor.ts';
import { passwordFactor } from '../authentication/password-factor.ts';
import { faultOfPassword } from '../authentication/password-policy.ts';
import { tryFactor } from '../authentication/try-factor.ts';
import {
  originOfVisitor,
  type AccountContext,
  type Invalid,
  type Limited,
  type Visitor,
} from '../context.ts';
import type { AccountStores } from '../ports.ts';
import type { User } from '../types.ts';
import { knowOnly, setPassword } from './set-password.ts';

export interface PasswordChange {
  readonly user: User;
  readonly current: string;
  readonly password: string;
  readonly keepSessionId: string;
}

export type PasswordChangeOutcome = { readonly outcome: 'changed' } | Invalid | Limited;

const NOT_CURRENT: Invalid = {
  outcome: 'invalid',
  errors: { current_password: 'This is not your current password.' },
};

/** Asks for the current password. */
export async function changePassword(
  context: AccountContext,
  change: PasswordChange,
  visitor: Visitor,
): Promise<PasswordChangeOutcome> {
  const { user, current: evidence } = change;
  const attempt = attemptIn(change, visitor);
  const tried = await tryFactor(context, passwordFactor, { user, evidence, attempt });
  if (tried.outcome === 'limited') return tried;
  if (tried.outcome === 'wrong') return NOT_CURRENT;
  const hashed = await hash(context, change, visitor);
  if (typeof hashed !== 'string') return hashed;
  return store(context, { change, visitor, passwordHash: hashed, proved: [tried.factor] });
}

/** For somebody who has none. Whoever calls it has asked for another factor. */
export async function choosePassword(
  context: AccountContext,
  change: Omit<PasswordChange, 'current'>,
  visitor: Visitor,
): Promise<PasswordChangeOutcome> {
  const attempt = attemptIn(change, visitor);
  const limited = await countAttempt(context, attempt);
  if (limited !== null) return limited;
  const hashed = await judge(context, attempt, () => hash(context, change, visitor));
  if (typeof hashed !== 'string') return hashed;
  return store(context, { change, visitor, passwordHash: hashed, proved: [] });
}

type Chosen = Omit<PasswordChange, 'current'>;

/** Counted for the session, with its step-up: whoever holds a stolen session locks out nobody but themselves. */
const attemptIn = ({ keepSessionId: account }: Chosen, { address }: Visitor) =>
  ({ act: 'prove', account, address }) as const;

async function hash(
  context: AccountContext,
  { user, password }: Chosen,
  { address }: Visitor,
): Promise<string | Invalid> {
  const fault = await faultOfPassword(password, [user.name, user.email]);
  if (fault !== null) return { outcome: 'invalid', errors: { password: fault } };
  return context.passwords.hash(password, { address, account: user.id });
}

interface Stored {
  readonly change: Chosen;
  readonly visitor: Visitor;
  readonly passwordHash: string;
  readonly proved: readonly ProvedFactor[];
}

async function store(context: AccountContext, stored: Stored): Promise<PasswordChangeOutcome> {
  const isChanged = await context.storage.transaction((stores) =>
    storeWithin(context, stores, stored),
  );
  if (!isChanged) return NOT_CURRENT;
  context.onMail();
  return { outcome: 'changed' };
}

async function storeWithin(
  context: AccountContext,
  stores: AccountStores,
  { change, visitor, passwordHash, proved }: Stored,
): Promise<boolean> {
  // A reset that was answered while the old password was being checked must not be undone with it.
  const user = await redeemFactors(stores, change.user.id, proved);
  if (user === null || user.passwordHash !== change.user.passwordHash) return false;
  // Where the session stands for the password, one that was ended meanwhile stands for nothing.
  if (proved.length === 0 && !(await isSession(stores, user, change.keepSessionId))) return false;
  const at = context.clock();
  await stores.sessions.endAll(user.id, change.keepSessionId);
  await knowOnly(stores, { user, at, visitor });
  const origin = originOfVisitor(visitor, user.id);
  await setPassword(stores, { user, passwordHash, at, origin });
  return true;
}

async function isSession(
  { sessions }: AccountStores,
  { id: userId }: Pick<User, 'id'>,
  sessionId: string,
): Promise<boolean> {
  return (await sessions.ofUser(userId)).some(({ id }) => id === sessionId);
}
