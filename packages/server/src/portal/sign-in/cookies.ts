/** The cookies of a browser that has just signed in. */
import { secretToken, type Visitor } from '../../identity/context.ts';
import type { StartedSession } from '../../identity/authentication/sessions.ts';
import { days } from '../../kit/clock.ts';
import { randomBytes } from '../../kit/random.ts';
import type { CookieChange } from '../visit.ts';

const DEVICE_SECONDS = days(730);

export interface KnownVisitor extends Visitor {
  readonly deviceToken: string;
}

/** Marks the browser before it signs in, so that the sign-in itself remembers it. */
export const knownVisitor = (visitor: Visitor): KnownVisitor => ({
  ...visitor,
  deviceToken: visitor.deviceToken ?? secretToken(randomBytes),
});

export const deviceCookie = ({ deviceToken }: KnownVisitor): CookieChange => ({
  cookie: 'device',
  value: deviceToken,
  maxAgeSeconds: DEVICE_SECONDS,
});

export const sessionCookies = (
  { session, token }: StartedSession,
  visitor: KnownVisitor,
): readonly CookieChange[] => [
  { cookie: 'session', value: token, maxAgeSeconds: session.expiresAt - session.createdAt },
  deviceCookie(visitor),
];
