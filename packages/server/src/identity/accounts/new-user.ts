/** What every way of making a user shares: sign-up, operators and the command line. */
import { newId } from '../../kit/ids.ts';
import { faultOfIdentity, faultOfText } from '../../kit/stranger-text.ts';
import type { Origin } from '../../audit/event.ts';
import { userEvent, type AccountContext, type FieldErrors } from '../context.ts';
import { parseEmail } from './email-address.ts';
import { faultOfPassword } from '../authentication/password-policy.ts';
import type { AccountStores } from '../ports.ts';
import { NOT_BEING_DELETED } from '../types.ts';
import type { User } from '../types.ts';

export interface NewUserForm {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** An operator may leave the password to the user, who chooses one with a link by e-mail. */
export type NewUserByOperator = Omit<NewUserForm, 'password'> & {
  readonly password: string | null;
};

interface Happening {
  readonly at: number;
  readonly origin: Origin;
}

/** Operators may call somebody what the site is called; whoever signs up may not. */
export async function checkNewUser(
  { brandName }: Pick<AccountContext, 'brandName'>,
  form: NewUserByOperator,
  by: 'operator' | 'stranger',
): Promise<{ email: string | null; errors: FieldErrors }> {
  const errors: Record<string, string> = {};
  const name = form.name.trim();
  const nameFault = faultOfName(name, by === 'stranger' ? brandName : null);
  if (nameFault !== null) errors['name'] = nameFault;
  const email = parseEmail(form.email);
  if (email === null) errors['email'] = 'This is not an e-mail address.';
  const fault =
    form.password === null ? null : await faultOfPassword(form.password, [name, form.email]);
  if (fault !== null) errors['password'] = fault;
  return { email, errors };
}

export function faultOfName(name: string, brandName: string | null): string | null {
  if (name === '') return 'Tell us your name.';
  return brandName === null
    ? faultOfText('person name', name)
    : faultOfIdentity('person name', name, brandName);
}

export function newUser(
  context: AccountContext,
  { name, email, passwordHash }: Pick<User, 'name' | 'email' | 'passwordHash'>,
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
    ...NOT_BEING_DELETED,
    isOperator: false,
    accountId: newId(),
    firstSignInAt: null,
    lastSeenAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** Somebody gave an address up at the same moment, and may take it back. */
export class AddressHeld extends Error {
  readonly isTemporary = true;

  constructor() {
    super('the address was given up at this moment');
  }
}

/**
 * A user, the user's account with its one team, and the membership that owns it. `false` when the address is taken. The
 * insertion itself says so: somebody may be signing up with it at this moment. The statements are the same either way.
 */
export async function insertUser(
  stores: AccountStores,
  user: User,
  happening: Happening,
): Promise<boolean> {
  const isNew = await stores.users.insert(user);
  // Seen only now when it was committed while the insertion waited for it.
  const isHeld = await stores.proofs.isHeld(user.email, user.id, happening.at);
  if (isNew && isHeld) throw new AddressHeld();
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
  await stores.events.appendOfUser(userEvent(user, { type: 'user_created', ...happening }));
  return isNew;
}

/** The first user with a proved address runs the installation. One statement decides who that is. */
export async function claimOperator(
  stores: AccountStores,
  user: User,
  happening: Happening,
): Promise<boolean> {
  const isFirst = await stores.users.claimInstallation(user.id, happening.at);
  if (!isFirst) return false;
  await stores.users.update(user.id, { isOperator: true });
  await stores.events.append(userEvent(user, { type: 'operator_added', ...happening }));
  return true;
}
