/** Signing in with a password. Unknown addresses, wrong passwords and suspended users get one answer in one time. */
import { isKeepable, offerToKeep } from '../accounts/deletion.ts';
import { parseEmail } from '../accounts/email-address.ts';
import {
  originOfVisitor,
  userEvent,
  type AccountContext,
  type Limited,
  type Visitor,
} from '../context.ts';
import type { AccountStores } from '../ports.ts';
import type { User, UserChanges } from '../types.ts';
import { failureKey, knownDeviceOf } from './attempts.ts';
import type { FactorAttempt } from './factor.ts';
import { nobodyAt } from './nobody.ts';
import { passwordFactor } from './password-factor.ts';
import { startSession, type StartedSession } from './sessions.ts';
import { identified, settle, withFactor, type SettledSignIn } from './steps.ts';
import { tryFactor } from './try-factor.ts';

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
  const { user, attempt } = await identify(context, form.email, visitor);
  const evidence = form.password;
  const tried = await tryFactor(context, passwordFactor, { user, evidence, attempt });
  if (tried.outcome === 'limited') return tried;
  if (tried.outcome === 'proved' && isKeepable(user)) {
    await tried.forgive();
    return { outcome: 'being-deleted', user, proof: await offerToKeep(context, user) };
  }
  if (tried.outcome === 'wrong' || user.suspendedAt !== null) {
    await recordFailure(context, { user, visitor });
    return { outcome: 'refused' };
  }
  await tried.forgive();
  const changes = await tried.renew();
  const proved = withFactor(identified(user), tried.factor);
  const started = await context.storage.transaction(async (stores) => {
    const settled = await settle(stores, proved);
    return settled === null ? null : admit(context, stores, { settled, visitor, changes });
  });
  if (started === null) return { outcome: 'refused' };
  context.onMail();
  return { outcome: 'signed-in', user, started };
}

/** Whom an address names, nobody included, with the same statements. */
async function identify(
  context: AccountContext,
  typed: string,
  visitor: Visitor,
): Promise<{ readonly user: User; readonly attempt: FactorAttempt }> {
  const email = parseEmail(typed);
  const found = email === null ? null : await context.storage.users.byEmail(email);
  const account = email ?? typed.slice(0, 254);
  const knownDevice = await knownDeviceOf(context, found, visitor);
  const attempt = { act: 'sign-in', account, address: visitor.address, knownDevice } as const;
  return { user: found ?? nobodyAt(account), attempt };
}

async function admit(
  context: AccountContext,
  stores: AccountStores,
  admitted: { settled: SettledSignIn; visitor: Visitor; changes: UserChanges },
): Promise<StartedSession> {
  const { settled, visitor, changes } = admitted;
  const { user } = settled;
  const now = context.clock();
  const { started, isNewDevice } = await startSession(context, stores, {
    signIn: settled,
    visitor,
  });
  await stores.users.update(user.id, {
    lastSeenAt: now,
    ...(user.firstSignInAt === null ? { firstSignInAt: now } : {}),
    ...changes,
  });
  if (!isNewDevice || user.firstSignInAt === null) return started;
  const origin = originOfVisitor(visitor, user.id);
  const session = { resourceId: started.session.id, resourceType: 'session' } as const;
  await stores.events.append(
    userEvent(user, { type: 'new_device_login', origin, at: now, ...session }),
  );
  const { email: to, name } = user;
  const { address, agent } = started.session;
  await stores.outbox.enqueue({ kind: 'new-sign-in', to, name, at: now, address, agent });
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
