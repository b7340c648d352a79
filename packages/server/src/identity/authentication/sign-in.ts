/** Signing in with a password. Unknown addresses, wrong passwords and suspended users get one answer in one time. */
import { sha256 } from '../../kit/hash.ts';
import { countAttempt, failureKey, forgiveAttempt, judge, knownDeviceOf } from './attempts.ts';
import {
  originOfVisitor,
  userEvent,
  type AccountContext,
  type Limited,
  type Visitor,
} from '../context.ts';
import { isKeepable, offerToKeep } from '../accounts/deletion.ts';
import { parseEmail } from '../accounts/email-address.ts';
import { nobodyAt } from './nobody.ts';
import type { AccountStores } from '../ports.ts';
import { startSession, type StartedSession } from './sessions.ts';
import type { User } from '../types.ts';

export type SignInOutcome =
  | { readonly outcome: 'signed-in'; readonly user: User; readonly started: StartedSession }
  | { readonly outcome: 'refused' }
  /** The password is right; the person asked to be deleted, and keeps the account with this value. */
  | { readonly outcome: 'being-deleted'; readonly user: User; readonly proof: string }
  | Limited;

export async function signIn(
  context: AccountContext,
  form: { email: string; password: string },
  visitor: Visitor,
): Promise<SignInOutcome> {
  const email = parseEmail(form.email);
  const user = email === null ? null : await context.storage.users.byEmail(email);
  const attempt = {
    act: 'sign-in',
    account: email ?? form.email.slice(0, 254),
    address: visitor.address,
    knownDevice: await knownDeviceOf(context, user, visitor),
  } as const;
  const limited = await countAttempt(context, attempt);
  if (limited !== null) return limited;

  const check = await judge(context, attempt, () =>
    context.passwords.verify(form.password, user?.passwordHash ?? null, attempt),
  );
  if (user !== null && check.matches && isKeepable(user)) {
    await forgiveAttempt(context, attempt);
    return { outcome: 'being-deleted', user, proof: await offerToKeep(context, user) };
  }
  if (user === null || !check.matches || user.suspendedAt !== null) {
    await recordFailure(context, { user: user ?? nobodyAt(attempt.account), visitor });
    return { outcome: 'refused' };
  }
  await forgiveAttempt(context, attempt);
  const passwordHash = check.isOutdated
    ? await context.passwords.hash(form.password, attempt)
    : null;
  const started = await context.storage.transaction(async (stores) => {
    // Hashing takes long enough for a reset or a suspension to be answered meanwhile; the old password must not outlive it.
    await stores.users.lock(user.id);
    const current = await stores.users.byId(user.id);
    const isUnchanged = current?.passwordHash === user.passwordHash && current.suspendedAt === null;
    return isUnchanged ? admit(context, stores, { user, visitor, passwordHash }) : null;
  });
  if (started === null) return { outcome: 'refused' };
  context.onMail();
  return { outcome: 'signed-in', user, started };
}

async function admit(
  context: AccountContext,
  stores: AccountStores,
  admitted: { user: User; visitor: Visitor; passwordHash: string | null },
): Promise<StartedSession> {
  const { user, visitor, passwordHash } = admitted;
  const now = context.clock();
  const origin = originOfVisitor(visitor, user.id);
  const started = await startSession(context, stores, { user, visitor });
  await stores.users.update(user.id, {
    lastSeenAt: now,
    ...(user.firstSignInAt === null ? { firstSignInAt: now } : {}),
    ...(passwordHash === null ? {} : { passwordHash }),
  });
  const session = { resourceId: started.session.id, resourceType: 'session' } as const;
  await stores.events.append(userEvent(user, { type: 'user_login', origin, at: now, ...session }));
  const isNewDevice =
    visitor.deviceToken === null ||
    (await stores.devices.remember(user.id, sha256(visitor.deviceToken), now));
  if (isNewDevice && user.firstSignInAt !== null) {
    await stores.events.append(
      userEvent(user, { type: 'new_device_login', origin, at: now, ...session }),
    );
    const { address, agent } = started.session;
    await stores.outbox.enqueue({
      kind: 'new-sign-in',
      to: user.email,
      name: user.name,
      at: now,
      address,
      agent,
    });
  }
  return started;
}

/** Nobody has no log, but costs the same statements and a write too: the time of an answer must not tell who has an account. */
async function recordFailure(
  context: AccountContext,
  { user, visitor }: { user: User; visitor: Visitor },
): Promise<void> {
  const at = context.clock();
  const origin = originOfVisitor(visitor, null);
  const event = userEvent(user, { type: 'user_login_attempt', origin, at });
  await context.storage.transaction(async (stores) => {
    await stores.attempts.hit(failureKey(user.email), 1, at);
    await stores.events.appendOfUser(event);
  });
}
