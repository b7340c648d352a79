/** What operators and the command line do to people: make, list, change roles, suspend. Every act ends in the log. */
import { urgentIf } from '../../kit/urgency.ts';
import type { Origin } from '../../audit/event.ts';
import { forgetRecoveries } from '../authentication/attempts.ts';
import { userEvent, type AccountContext, type Invalid } from '../context.ts';
import { settleEarlier, type Earlier, type Undecided } from './earlier.ts';
import { faultOfText } from '../../kit/stranger-text.ts';
import {
  checkNewUser,
  claimOperator,
  faultOfName,
  insertUser,
  newUser,
  type NewUserByOperator,
} from './new-user.ts';
import type { AccountStores } from '../ports.ts';
import type { Role, User } from '../types.ts';

/** Makes a user whose address the caller vouches for. */
export async function createUser(
  context: AccountContext,
  form: NewUserByOperator & { isOperator: boolean },
  origin: Origin,
): Promise<{ outcome: 'created'; user: User } | Invalid> {
  const { email, errors } = await checkNewUser(context, form, 'operator');
  if (email === null || Object.keys(errors).length > 0) return { outcome: 'invalid', errors };
  const sender = { address: origin.address, account: email };
  const passwordHash =
    form.password === null ? null : await context.passwords.hash(form.password, sender);
  const now = context.clock();
  const made = newUser(context, { name: form.name.trim(), email, passwordHash });
  const user = { ...made, emailVerifiedAt: now, isOperator: form.isOperator };
  const happening = { at: now, origin };
  return context.storage.transaction(async (stores) => {
    const isNew = await insertUser(stores, user, happening);
    if (!isNew)
      return { outcome: 'invalid', errors: { email: 'There is a user with this address.' } };
    const isFirst = await claimOperator(stores, user, happening);
    return { outcome: 'created', user: { ...user, isOperator: user.isOperator || isFirst } };
  });
}

/** An operator whose rights ended after the request had begun. */
type NotOperator = 'not-operator';

/**
 * Whether who acts on another may still do so, in the transaction that does it: of two operators who take each other's
 * rights away at the same moment, the second to come keeps nothing to act with, and the first stays.
 */
export async function mayActOn(
  stores: AccountStores,
  userId: string,
  origin: Origin,
): Promise<boolean> {
  const { source, actorId } = origin;
  if (source !== 'portal' || actorId === null) return true;
  // Always in the same order, so that neither waits for the other.
  for (const id of [actorId, userId].toSorted()) await stores.users.lock(id);
  const actor = await stores.users.byId(actorId);
  return actor?.isOperator === true && actor.suspendedAt === null;
}

export interface RoleChange {
  readonly userId: string;
  readonly accountId: string;
  /** `null` takes the membership away. */
  readonly role: Role | null;
  readonly origin: Origin;
  /** What becomes of what the user had in the account before the membership was taken away. Needed when there is any. */
  readonly earlier?: Earlier | undefined;
}

/**
 * Every token that the user holds in the account narrows or widens with the role at once. A membership that is given back
 * would bring everything of before back with it: then `earlier` says whether it may.
 */
export async function changeRole(
  context: AccountContext,
  change: RoleChange,
): Promise<
  | { outcome: 'changed'; before: Role | null }
  | { outcome: 'no-such-user' | NotOperator }
  | Undecided
> {
  const { userId, accountId, role, origin, earlier } = change;
  const outcome = await context.storage.transaction(
    async (stores) => {
      if (!(await mayActOn(stores, userId, origin))) return { outcome: 'not-operator' } as const;
      // What a token is making at this moment is made before, and so found.
      await stores.users.lock(userId);
      const user = await stores.users.byId(userId);
      if (user === null || user.erasedAt !== null) return { outcome: 'no-such-user' } as const;
      const now = context.clock();
      const before = (await stores.accounts.membership(accountId, userId))?.role ?? null;
      const isReturning = before === null && role !== null;
      const returning = { user, accountId, earlier, cause: 'membership', origin, at: now } as const;
      const settled = isReturning ? await settleEarlier(stores, returning) : NOTHING_EARLIER;
      if (settled.outcome === 'undecided') return settled;
      if (role === null) await stores.accounts.removeMembership(accountId, userId);
      else await stores.accounts.setMembership({ accountId, userId, role, createdAt: now });
      await stores.events.append({
        ...userEvent(user, {
          type: role === null ? 'role_removed' : 'role_added',
          origin,
          at: now,
          details: { before, role, ...settled.details },
          resourceType: 'membership',
        }),
        accountId,
      });
      return { outcome: 'changed', before } as const;
    },
    urgentIf(role !== 'owner'),
  );
  context.onMail();
  return outcome;
}

const NOTHING_EARLIER = { outcome: 'settled', details: {} } as const;

export interface Suspension {
  readonly userId: string;
  readonly isSuspended: boolean;
  readonly origin: Origin;
  /** For lifting one: what becomes of what the user had. Needed when there is any. */
  readonly earlier?: Earlier | undefined;
}

/**
 * Ends the user's sessions and makes every token refuse at once; lifting it brings the tokens back or ends them, as
 * `earlier` says, and never the sessions.
 */
export async function setSuspended(
  context: AccountContext,
  change: Suspension,
): Promise<'changed' | 'no-such-user' | NotOperator | Undecided> {
  const { userId, isSuspended, origin, earlier } = change;
  const outcome = await context.storage.transaction(async (stores) => {
    if (!(await mayActOn(stores, userId, origin))) return 'not-operator';
    await stores.users.lock(userId);
    const user = await stores.users.byId(userId);
    if (user === null || user.erasedAt !== null) return 'no-such-user';
    if (suspensionOf(user) === isSuspended) return 'changed';
    const now = context.clock();
    const returning = {
      user,
      accountId: null,
      earlier,
      cause: 'suspension',
      origin,
      at: now,
    } as const;
    const settled = isSuspended ? NOTHING_EARLIER : await settleEarlier(stores, returning);
    if (settled.outcome === 'undecided') return settled;
    const at = isSuspended ? now : null;
    // Who is being deleted stays suspended; this is what remains if that is taken back.
    const facts = user.deletionDueAt === null ? { suspendedAt: at } : { suspendedBeforeAt: at };
    await stores.users.update(userId, { ...facts, updatedAt: now });
    if (isSuspended) await stores.sessions.endAll(userId, null);
    else await forgetRecoveries(stores, user);
    const type = isSuspended ? 'user_deactivated' : 'user_reactivated';
    const { details } = settled;
    await stores.events.append(userEvent(user, { type, origin, at: now, details }));
    return 'changed';
  }, urgentIf(isSuspended));
  context.onMail();
  return outcome;
}

/** Whether an operator suspended them; a deletion suspends too, and that is not asked. */
const suspensionOf = ({ suspendedAt, suspendedBeforeAt, deletionDueAt }: User): boolean =>
  (deletionDueAt === null ? suspendedAt : suspendedBeforeAt) !== null;

/** Nobody who has not proved their address, or is suspended: somebody else may have signed up with it. */
export function setOperator(
  context: AccountContext,
  change: { userId: string; isOperator: boolean; origin: Origin },
): Promise<'changed' | 'no-such-user' | 'not-eligible' | NotOperator> {
  const { userId, isOperator, origin } = change;
  return context.storage.transaction(async (stores) => {
    if (!(await mayActOn(stores, userId, origin))) return 'not-operator';
    const user = await stores.users.byId(userId);
    if (user === null) return 'no-such-user';
    if (user.isOperator === isOperator) return 'changed';
    const isEligible = user.emailVerifiedAt !== null && user.suspendedAt === null;
    if (isOperator && !isEligible) return 'not-eligible';
    const now = context.clock();
    await stores.users.update(userId, { isOperator, updatedAt: now });
    const type = isOperator ? 'operator_added' : 'operator_removed';
    await stores.events.append(userEvent(user, { type, origin, at: now }));
    return 'changed';
  }, urgentIf(!isOperator));
}

export interface ProfileForm {
  readonly name: string;
  readonly bio: string;
  readonly location: string;
}

export async function changeProfile(
  context: AccountContext,
  change: { user: User; form: ProfileForm; origin: Origin },
): Promise<{ outcome: 'changed' } | Invalid> {
  const { user, form, origin } = change;
  const name = form.name.trim();
  const errors = faultsOfProfile(context, user, form);
  if (Object.keys(errors).length > 0) return { outcome: 'invalid', errors };
  const now = context.clock();
  await context.storage.transaction(async (stores) => {
    const profile = { name, bio: form.bio.trim() || null, location: form.location.trim() || null };
    await stores.users.update(user.id, { ...profile, updatedAt: now });
    await stores.events.append(userEvent(user, { type: 'user_updated', origin, at: now }));
  });
  return { outcome: 'changed' };
}

/** What a row of before the rule says stays until it is changed. */
function faultsOfProfile(
  { brandName }: AccountContext,
  user: User,
  { name, bio, location }: ProfileForm,
): Record<string, string> {
  const isNew = (typed: string, stored: string | null): boolean => typed.trim() !== (stored ?? '');
  const faults: readonly (readonly [string, string | null])[] = [
    ['name', isNew(name, user.name) ? faultOfName(name.trim(), brandName) : null],
    ['bio', isNew(bio, user.bio) ? faultOfText('person bio', bio) : null],
    ['location', isNew(location, user.location) ? faultOfText('person location', location) : null],
  ];
  return Object.fromEntries(
    faults.filter((entry): entry is readonly [string, string] => entry[1] !== null),
  );
}
