/** What every way to a new password shares: by page, by link, by the command line. */
import type { Origin } from '../../audit/event.ts';
import { sha256 } from '../../kit/hash.ts';
import { forgetRecoveries } from '../authentication/attempts.ts';
import { userEvent, type Visitor } from '../context.ts';
import type { AccountStores } from '../ports.ts';
import type { User } from '../types.ts';

interface Change {
  readonly user: User;
  readonly passwordHash: string;
  readonly at: number;
  readonly origin: Origin;
}

/** Ends every link that the user was sent before. Sessions are for the caller to end. */
export async function setPassword(stores: AccountStores, change: Change): Promise<void> {
  const { user, passwordHash, at, origin } = change;
  await forgetRecoveries(stores, user);
  await stores.users.update(user.id, { passwordHash, passwordChangedAt: at, updatedAt: at });
  await stores.events.append(userEvent(user, { type: 'password_changed', origin, at }));
  const { email: to, name } = user;
  await stores.outbox.enqueue({ kind: 'password-changed', to, name, at, address: origin.address });
}

/** Whoever knew the old password may have signed in with it; this browser has proved more than that. */
export async function knowOnly(
  stores: AccountStores,
  known: { user: User; at: number; visitor: Pick<Visitor, 'deviceToken'> },
): Promise<void> {
  const { user, at, visitor } = known;
  await stores.devices.forgetAll(user.id);
  if (visitor.deviceToken === null) return;
  await stores.devices.remember(user.id, sha256(visitor.deviceToken), at);
}
