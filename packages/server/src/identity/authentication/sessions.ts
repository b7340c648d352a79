/** Browser sessions: random, hashed at rest, new on every sign-in, with an idle and an absolute limit. */
import { isTemporary } from '../../kit/temporary.ts';
import { URGENT } from '../../kit/urgency.ts';
import { isOver, isWithin } from '../../kit/clock.ts';
import { sha256 } from '../../kit/hash.ts';
import { newId } from '../../kit/ids.ts';
import type { Origin } from '../../audit/event.ts';
import {
  originOfVisitor,
  secretToken,
  userEvent,
  type AccountContext,
  type Visitor,
} from '../context.ts';
import type { AccountStores } from '../ports.ts';
import type { Session, User } from '../types.ts';
import type { SettledSignIn } from './steps.ts';

export interface StartedSession {
  readonly session: Session;
  /** The cookie's value. Stored only hashed. */
  readonly token: string;
}

/** A session is written to at most once in this time, however many pages are read. */
const TOUCH_SECONDS = 60;
const MAX_AGENT_LENGTH = 300;

/** The only place that writes a session. In the transaction in which the sign-in was settled. */
export async function startSession(
  context: AccountContext,
  stores: AccountStores,
  { signIn: { user, amr }, visitor }: { signIn: SettledSignIn; visitor: Visitor },
): Promise<{ readonly started: StartedSession; readonly isNewDevice: boolean }> {
  const now = context.clock();
  const token = secretToken(context.randomBytes);
  const session: Session = {
    id: newId(),
    userId: user.id,
    secretHash: sha256(token),
    address: visitor.address,
    agent: visitor.agent.slice(0, MAX_AGENT_LENGTH),
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + context.policy.sessions.absoluteSeconds,
    amr,
  };
  await stores.sessions.insert(session);
  const origin = originOfVisitor(visitor, user.id);
  const begun = { type: 'user_login', origin, at: now } as const;
  await stores.events.append(
    userEvent(user, { ...begun, resourceId: session.id, resourceType: 'session' }),
  );
  const isNewDevice =
    visitor.deviceToken === null ||
    (await stores.devices.remember(user.id, sha256(visitor.deviceToken), now));
  return { started: { session, token }, isNewDevice };
}

/** Answers `null` for a session that is unknown, over, idle for too long, or whose user is suspended. */
export async function findSession(
  context: AccountContext,
  token: string,
): Promise<{ session: Session; user: User } | null> {
  const found = await context.storage.sessions.byHash(sha256(token));
  if (found === null) return null;
  const now = context.clock();
  const { session, user } = found;
  const isSeen = isWithin(session.lastSeenAt, context.policy.sessions.idleSeconds - 1, now);
  if (isOver(session, now) || !isSeen || user.suspendedAt !== null) return null;
  if (!isWithin(session.lastSeenAt, TOUCH_SECONDS - 1, now))
    await context.storage.sessions.touch(session.id, now).catch(ignoreIfTemporary);
  return found;
}

/** Who is signed in can go on when the disk is full: to end access, too. Without the note the session only ends sooner. */
function ignoreIfTemporary(error: unknown): void {
  if (!isTemporary(error)) throw error;
}

/** Ends one session of the user; `false` when it was not theirs or already over. */
export function endSession(
  context: AccountContext,
  ended: { user: User; sessionId: string; origin: Origin },
): Promise<boolean> {
  const { user, sessionId, origin } = ended;
  return context.storage.transaction(async (stores) => {
    const isEnded = await stores.sessions.end(sessionId, user.id);
    if (isEnded) {
      await stores.events.append(
        userEvent(user, {
          type: 'session_revoked',
          origin,
          at: context.clock(),
          resourceId: sessionId,
          resourceType: 'session',
        }),
      );
    }
    return isEnded;
  }, URGENT);
}

/** "Sign out everywhere": ends all sessions but the one that asks. Answers how many. */
export function endOtherSessions(
  context: AccountContext,
  ended: { user: User; keepSessionId: string | null; origin: Origin },
): Promise<number> {
  const { user, keepSessionId, origin } = ended;
  return context.storage.transaction(async (stores) => {
    const count = await stores.sessions.endAll(user.id, keepSessionId);
    const details = { sessions: count };
    await stores.events.append(
      userEvent(user, { type: 'session_revoked', origin, at: context.clock(), details }),
    );
    return count;
  }, URGENT);
}
