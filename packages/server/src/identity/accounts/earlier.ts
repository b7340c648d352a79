/**
 * What a person had before their access was taken away, and that would work again without a word when it is given back:
 * tokens, services and what apps were allowed. Whoever gives it back decides what becomes of it.
 */
import type { Origin } from '../../audit/event.ts';
import { userEvent } from '../context.ts';
import type { AccountStores, LivingAccess } from '../ports.ts';
import type { User } from '../types.ts';

/** `keep`: it works again. `end`: it is over for good. */
export const EARLIER = ['end', 'keep'] as const;
export type Earlier = (typeof EARLIER)[number];

/** Nothing was changed: something would work again, and nobody said whether it should. */
export interface Undecided {
  readonly outcome: 'undecided';
  readonly living: LivingAccess;
}

export const isNothing = ({ tokens, services, grants }: LivingAccess): boolean =>
  tokens.total + services.total + grants.total === 0;

interface Returning {
  readonly user: User;
  /** Where it is given back; `null`: in every account. */
  readonly accountId: string | null;
  readonly earlier: Earlier | undefined;
  readonly cause: 'suspension' | 'membership';
  readonly origin: Origin;
  readonly at: number;
}

/** In the transaction that gives the access back, under the lock of the user. Answers what the event of that act says of it. */
export async function settleEarlier(
  stores: AccountStores,
  returning: Returning,
): Promise<Undecided | { readonly outcome: 'settled'; readonly details: Counts }> {
  const { user, accountId, earlier, at } = returning;
  const living = await stores.access.living({ userId: user.id, accountId }, at);
  if (isNothing(living)) return { outcome: 'settled', details: {} };
  if (earlier === undefined) return { outcome: 'undecided', living };
  if (earlier === 'end') await endEarlier(stores, returning);
  const counts = countsOf(living);
  const { email, name } = user;
  const { cause } = returning;
  const notice = { to: email, name, cause, earlier, ...counts, at };
  await stores.outbox.enqueue({ kind: 'access-returned', ...notice });
  return { outcome: 'settled', details: { earlier, ...counts } };
}

type Counts = Readonly<Record<string, string | number>>;

const countsOf = ({ tokens, services, grants }: LivingAccess) => ({
  tokens: tokens.total,
  services: services.total,
  grants: grants.total,
});

async function endEarlier(
  stores: AccountStores,
  { user, accountId, origin, at }: Returning,
): Promise<void> {
  const { tokens, grants } = await stores.access.end({ userId: user.id, accountId }, at);
  const details = { tokens, grants, ...(accountId !== null && { account: accountId }) };
  await stores.events.append(userEvent(user, { type: 'access_ended', origin, at, details }));
}
