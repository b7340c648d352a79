/** What every change of a user's e-mail address shares: by page, by link, by the command line. */
import type { Origin } from '../../audit/event.ts';
import { forgetRecoveries } from '../authentication/attempts.ts';
import {
  userEvent,
  type AccountContext,
  type AccountPolicy,
  type FieldErrors,
} from '../context.ts';
import { domainOf } from './email-address.ts';
import { AddressHeld } from './new-user.ts';
import type { AccountStores } from '../ports.ts';
import type { User } from '../types.ts';

export interface AddressChange {
  readonly user: User;
  readonly email: string;
  /** `null`: the user has yet to prove it. */
  readonly emailVerifiedAt: number | null;
  readonly at: number;
}

/**
 * Answers the user as they are then, or `null` when somebody else has the address or may take it back. The user is locked
 * by the caller.
 */
export async function changeAddress(
  stores: AccountStores,
  { user, email, emailVerifiedAt, at }: AddressChange,
): Promise<User | null> {
  if (await stores.proofs.isHeld(email, user.id, at)) return null;
  const changes = { email, emailVerifiedAt, updatedAt: at };
  if (!(await stores.users.changeEmail(user.id, changes))) return null;
  // Seen only now when it was committed while the update waited for it. Undoes the update.
  if (await stores.proofs.isHeld(email, user.id, at)) throw new AddressHeld();
  const changed = { ...user, ...changes };
  await forgetRecoveries(stores, changed);
  return changed;
}

interface ToldChange {
  /** As they were before. */
  readonly before: User;
  readonly after: string;
  readonly isVerified: boolean;
  readonly origin: Origin;
  readonly at: number;
  /** The proof with which whoever reads the old address takes it back; `null` when nobody can. */
  readonly undoId: string | null;
}

/** The log, and the old address if it was proved: any other may be a stranger's. */
export async function tellChange(stores: AccountStores, change: ToldChange): Promise<void> {
  const { before, after, isVerified, origin, at, undoId } = change;
  const details = { before: before.email, after, isVerified };
  await stores.events.append(userEvent(before, { type: 'email_changed', origin, at, details }));
  if (before.emailVerifiedAt === null || before.email === after) return;
  const { email: to, name } = before;
  const { address } = origin;
  await stores.outbox.enqueue({ kind: 'email-changed', to, name, proofId: undoId, at, address });
}

/** What is wrong with an address by the rules of the installation. */
export function faultOfDomain({ policy }: AccountContext, email: string): FieldErrors | null {
  const { mode, domains } = policy.signUp;
  if (mode !== 'domains' || isOpenTo(policy.signUp, email)) return null;
  return { email: `Sign-up is open to addresses at ${domains.join(', ')}.` };
}

/** Whether somebody new may sign up with an address. */
export const isOpenTo = ({ mode, domains }: AccountPolicy['signUp'], email: string): boolean =>
  mode === 'open' || (mode === 'domains' && domains.includes(domainOf(email)));
