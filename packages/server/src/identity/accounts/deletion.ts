/**
 * Deleting a person: access ends at once, as by a suspension, and everything can be taken back until the grace period is
 * over. Never erases anything itself.
 */
import { URGENT } from '../../kit/urgency.ts';
import { newId } from '../../kit/ids.ts';
import type { Origin } from '../../audit/event.ts';
import { originOfVisitor, userEvent, type AccountContext, type Visitor } from '../context.ts';
import { mayActOn } from './people.ts';
import type { AccountStores } from '../ports.ts';
import { liveProof, TIMED_PURPOSES, writeProof } from '../authentication/proof.ts';
import type { User, UserWithRole } from '../types.ts';

export interface DeletionRequest {
  readonly userId: string;
  /** Who takes over accounts that others work in. */
  readonly heirId: string | null;
  /** Without the grace period. */
  readonly isNow: boolean;
  readonly origin: Origin;
}

export type DeletionRefusal =
  | { readonly outcome: 'no-such-user' | 'not-operator' }
  /** Nobody would be left to run the installation. */
  | { readonly outcome: 'last-operator' }
  /** Others work in the person's accounts, and none of them was named to take over. */
  | { readonly outcome: 'needs-heir'; readonly members: readonly UserWithRole[] };

export type DeletionOutcome =
  { readonly outcome: 'requested'; readonly user: User } | DeletionRefusal;

export async function requestDeletion(
  context: AccountContext,
  request: DeletionRequest,
): Promise<DeletionOutcome> {
  const outcome = await context.storage.transaction(async (stores): Promise<DeletionOutcome> => {
    const { userId, origin } = request;
    if (origin.actorId === userId) await stores.users.lock(userId);
    else if (!(await mayActOn(stores, userId, origin))) return { outcome: 'not-operator' };
    const user = await stores.users.byId(userId);
    if (user === null || user.erasedAt !== null) return { outcome: 'no-such-user' };
    const refusal = await refusalOf(stores, user, request);
    if (refusal !== null) return refusal;
    await begin(context, stores, { user, request });
    const changed = await stores.users.byId(userId);
    return { outcome: 'requested', user: changed ?? user };
  }, URGENT);
  context.onMail();
  return outcome;
}

async function refusalOf(
  stores: AccountStores,
  user: User,
  { heirId }: DeletionRequest,
): Promise<DeletionRefusal | null> {
  if (user.deletionDueAt !== null) return null;
  if (user.isOperator && user.suspendedAt === null) {
    const operators = await stores.users.lockOperators();
    if (!operators.some((id) => id !== user.id)) return { outcome: 'last-operator' };
  }
  const members = await heirsOf(stores, user);
  if (members.length === 0) return null;
  if (heirId !== null && (await mayInherit(stores, user, heirId))) return null;
  return { outcome: 'needs-heir', members };
}

/** As many are offered; an account may have any number of members. */
const MOST_HEIRS = 100;

/** Who works in an account of the person and could take it over. */
export async function heirsOf(
  { accounts }: Pick<AccountStores, 'accounts'>,
  { id: userId }: Pick<User, 'id'>,
): Promise<readonly UserWithRole[]> {
  const heirs = new Map<string, UserWithRole>();
  for (const { id } of await accounts.ownedBy(userId)) {
    for (let page = 1, isMore = true; isMore && heirs.size < MOST_HEIRS; page += 1) {
      const { items } = await accounts.members(id, { page, pageSize: MOST_HEIRS });
      const able = items.filter((member) => member.id !== userId && member.suspendedAt === null);
      for (const member of able) heirs.set(member.id, member);
      isMore = items.length === MOST_HEIRS;
    }
  }
  return [...heirs.values()].slice(0, MOST_HEIRS);
}

/** Also one who is not among the first. */
async function mayInherit(stores: AccountStores, user: User, heirId: string): Promise<boolean> {
  const heir = heirId === user.id ? null : await stores.users.byId(heirId);
  if (heir === null || heir.suspendedAt !== null) return false;
  for (const { id } of await stores.accounts.ownedBy(user.id))
    if ((await stores.accounts.membership(id, heirId)) !== null) return true;
  return false;
}

/** Whoever took the account over must not end the owner's way back by deleting it. */
const OUTLIVES_IT = 'undo-email-change';

async function begin(
  context: AccountContext,
  stores: AccountStores,
  { user, request }: { user: User; request: DeletionRequest },
): Promise<void> {
  const { isNow, origin, heirId } = request;
  const at = context.clock();
  const dueAt = isNow ? at : at + context.policy.deletion.graceSeconds;
  if (user.deletionDueAt !== null) {
    if (isNow && user.deletionDueAt > at) await stores.users.update(user.id, { deletionDueAt: at });
    return;
  }
  await stores.users.update(user.id, {
    suspendedAt: user.suspendedAt ?? at,
    suspendedBeforeAt: user.suspendedAt,
    deletionRequestedAt: at,
    deletionDueAt: dueAt,
    deletionRequestedBy: origin.actorId,
    deletionHeirId: heirId,
    updatedAt: at,
  });
  await stores.sessions.endAll(user.id, null);
  for (const purpose of TIMED_PURPOSES)
    if (purpose !== OUTLIVES_IT) await stores.proofs.voidAll(user.id, purpose, at);
  const details = { due_at: dueAt };
  const type = 'user_deletion_requested';
  await stores.events.append(userEvent(user, { type, origin, at, details }));
  const isOwn = origin.actorId === user.id;
  const proofId = isOwn && dueAt > at ? await insertKeeping(stores, { user, at, dueAt }) : null;
  const { email: to, name } = user;
  await stores.outbox.enqueue({ kind: 'deletion-requested', to, name, dueAt, proofId });
}

async function insertKeeping(
  stores: Pick<AccountStores, 'proofs'>,
  { user, at, dueAt }: { user: User; at: number; dueAt: number },
): Promise<string> {
  const id = newId();
  await stores.proofs.insert({
    id,
    userId: user.id,
    purpose: 'cancel-deletion',
    email: null,
    browserHash: null,
    createdAt: at,
    expiresAt: dueAt,
    usedAt: null,
  });
  return id;
}

/** Whether the person may take it back: not when somebody else decided it, or suspended them before. */
export const isKeepable = (user: User): boolean =>
  user.deletionDueAt !== null &&
  user.deletionRequestedBy === user.id &&
  user.suspendedBeforeAt === null &&
  user.erasureStartedAt === null;

/** For whoever just gave the right password: the value by which the account can be kept. */
export async function offerToKeep(context: AccountContext, user: User): Promise<string> {
  const at = context.clock();
  const given = { user, at, dueAt: user.deletionDueAt ?? at };
  const id = await context.storage.transaction((stores) => insertKeeping(stores, given));
  return writeProof(context.proofKeys, 'cancel-deletion', id);
}

/** For whoever asks for a new password meanwhile: the message about the deletion again, with a link that keeps the account. */
export async function sendKeeping(
  context: AccountContext,
  stores: Pick<AccountStores, 'proofs' | 'outbox'>,
  user: User,
): Promise<void> {
  const at = context.clock();
  const dueAt = user.deletionDueAt ?? at;
  const proofId = await insertKeeping(stores, { user, at, dueAt });
  const { email: to, name } = user;
  await stores.outbox.enqueue({ kind: 'deletion-requested', to, name, dueAt, proofId });
}

/** The person behind a link that works; looks without using it up. */
export async function inspectKeeping(context: AccountContext, value: string): Promise<User | null> {
  const proof = await liveProof(context, 'cancel-deletion', value);
  const user = proof === null ? null : await context.storage.users.byId(proof.userId);
  return user !== null && isKeepable(user) ? user : null;
}

/** It starts no session: whoever found the link still needs the password. */
export async function keepAccount(
  context: AccountContext,
  value: string,
  visitor: Visitor,
): Promise<boolean> {
  const live = await liveProof(context, 'cancel-deletion', value);
  if (live === null || (await inspectKeeping(context, value)) === null) return false;
  const isKept = await context.storage.transaction(async (stores) => {
    const proof = await stores.proofs.redeem(live.id, 'cancel-deletion', context.clock());
    if (proof === null) return false;
    const origin = originOfVisitor(visitor, proof.userId);
    return cancel(context, stores, { userId: proof.userId, origin });
  });
  context.onMail();
  return isKept;
}

/** For operators and the command line, whoever asked for the deletion. */
export async function cancelDeletion(
  context: AccountContext,
  cancelled: { userId: string; origin: Origin },
): Promise<'cancelled' | 'not-operator' | 'not-pending'> {
  const outcome = await context.storage.transaction(async (stores) => {
    if (!(await mayActOn(stores, cancelled.userId, cancelled.origin))) return 'not-operator';
    return (await cancel(context, stores, cancelled)) ? 'cancelled' : 'not-pending';
  });
  context.onMail();
  return outcome;
}

/** `false` when there is nothing to take back, or erasing has begun. */
export async function cancel(
  context: AccountContext,
  stores: AccountStores,
  { userId, origin }: { userId: string; origin: Origin },
): Promise<boolean> {
  await stores.users.lock(userId);
  const user = await stores.users.byId(userId);
  if (user === null || user.deletionDueAt === null || user.erasureStartedAt !== null) return false;
  const at = context.clock();
  await stores.users.update(userId, {
    suspendedAt: user.suspendedBeforeAt,
    suspendedBeforeAt: null,
    deletionRequestedAt: null,
    deletionDueAt: null,
    deletionRequestedBy: null,
    deletionHeirId: null,
    updatedAt: at,
  });
  await stores.proofs.voidAll(userId, 'cancel-deletion', at);
  await stores.events.append(userEvent(user, { type: 'user_deletion_cancelled', origin, at }));
  await stores.outbox.enqueue({ kind: 'deletion-cancelled', to: user.email, name: user.name });
  return true;
}
