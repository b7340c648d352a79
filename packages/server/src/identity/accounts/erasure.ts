/**
 * Erasing people whose grace period is over. Every step is a transaction of its own that can be done again, so that a
 * crash at any instant, and several processes at once, come to the same end.
 */
import { ERASABLE_KEPT } from '../../audit/event.ts';
import type { Origin } from '../../audit/event.ts';
import { days } from '../../kit/clock.ts';
import { isTemporary } from '../../kit/temporary.ts';
import { endAccess } from './access.ts';
import { userEvent, type AccountContext } from '../context.ts';
import { subjectOf } from './export.ts';
import type { AccountStores } from '../ports.ts';
import type { User } from '../types.ts';

const ORIGIN: Origin = { source: 'system', client: 'erasure', address: null, actorId: null };
const MOST_AT_A_TIME = 20;
/** What was under way meanwhile, such as a refused sign-in, may still write a row. */
const SWEPT_DAYS = 1;
/** A last message that could not be delivered until then is dropped with its address. */
const LAST_MESSAGE_DAYS = 7;

/** Answers how many people were erased. */
export async function eraseDue(context: AccountContext): Promise<number> {
  const { storage, clock } = context;
  const erased = await eraseSome(context);
  for (const user of await storage.users.erasedSince(clock() - days(SWEPT_DAYS)))
    await leavingOut(context, user.id, () =>
      storage.personalData.erase(subjectOf(user), ERASABLE_KEPT),
    );
  await storage.personalData.forgetLastMessages(clock() - days(LAST_MESSAGE_DAYS));
  return erased;
}

/** Whoever cannot be erased now is passed over: they must not stand before those who can. */
async function eraseSome(context: AccountContext): Promise<number> {
  let erased = 0;
  let after: User | null = null;
  for (;;) {
    const page = { limit: MOST_AT_A_TIME, after };
    const due: readonly User[] = await context.storage.users.dueForErasure(context.clock(), page);
    for (const user of due) {
      await leavingOut(context, user.id, async () => {
        if (await eraseUser(context, user.id)) erased += 1;
      });
      if (erased === MOST_AT_A_TIME) return erased;
    }
    const last = due.at(-1);
    if (last === undefined) return erased;
    after = last;
  }
}

/** What fails for one person alone keeps no other from being erased; the next run tries again. */
async function leavingOut(
  context: AccountContext,
  userId: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isTemporary(error)) throw error;
    context.onDropped('erase-people', userId);
  }
}

/** `false` when it is not due, or another process came first. */
export async function eraseUser(context: AccountContext, userId: string): Promise<boolean> {
  const { storage, clock } = context;
  const user = await storage.transaction((stores) => start(context, stores, userId));
  if (user === null) return false;
  for (const id of await storage.personalData.appsOf(userId))
    await storage.transaction((stores) => endApp(stores, { id, user, at: clock() }));
  const subject = subjectOf(user);
  await storage.personalData.erase(subject, ERASABLE_KEPT);
  const isLast = await storage.transaction((stores) => finish(stores, user, clock()));
  // Whatever was written between the last batch and the end of the address.
  await storage.personalData.erase(subject, ERASABLE_KEPT);
  context.onMail();
  return isLast;
}

/** The point of no return: from here on nobody can take it back. */
async function start(
  context: AccountContext,
  stores: AccountStores,
  userId: string,
): Promise<User | null> {
  await stores.users.lock(userId);
  const user = await stores.users.byId(userId);
  const at = context.clock();
  if (user === null || user.erasedAt !== null) return null;
  if (user.deletionDueAt === null || user.deletionDueAt > at) return null;
  if (user.erasureStartedAt !== null) return user;
  await stores.users.update(userId, { erasureStartedAt: at });
  await endAccess(stores, { user, origin: ORIGIN, at });
  await handOver(stores, user, at);
  return user;
}

/** Accounts that others work in go to the one who was named; without one they stay as they are, without an owner. */
async function handOver(stores: AccountStores, user: User, at: number): Promise<void> {
  const heir = user.deletionHeirId === null ? null : await stores.users.byId(user.deletionHeirId);
  if (heir === null || heir.suspendedAt !== null) return;
  for (const { id: accountId } of await stores.accounts.ownedBy(user.id)) {
    const before = await stores.accounts.membership(accountId, heir.id);
    if (before === null) continue;
    await stores.accounts.setMembership({ ...before, role: 'owner' });
    await stores.accounts.handOver(accountId, { ownerId: heir.id, name: heir.name, at });
    const details = { before: before.role, role: 'owner' };
    const given = { type: 'role_added', origin: ORIGIN, at, details } as const;
    const event = userEvent(heir, { ...given, resourceType: 'membership' });
    await stores.events.append({ ...event, accountId });
    const { email: to, name } = heir;
    await stores.outbox.enqueue({ kind: 'account-handed-over', to, name, accountId });
  }
}

async function endApp(
  stores: AccountStores,
  { id, user, at }: { id: string; user: User; at: number },
): Promise<void> {
  const grants = await stores.personalData.endApp(id, at);
  if (grants === null) return;
  const happened = { type: 'oauth_app_deleted', origin: ORIGIN, at, details: { grants } } as const;
  await stores.events.append(
    userEvent(user, { ...happened, resourceId: id, resourceType: 'oauth_app' }),
  );
}

async function finish(stores: AccountStores, user: User, at: number): Promise<boolean> {
  if (!(await stores.personalData.bury(user.id, at))) return false;
  const event = userEvent(user, { type: 'user_erased', origin: ORIGIN, at });
  await stores.events.append(event);
  await stores.outbox.enqueue({ kind: 'deletion-done', to: user.email });
  return true;
}
