/** Signing in and out with a password. */
import { MAX_PASSWORD_LENGTH } from '../../accounts/password-policy.ts';
import { text } from '../../http/form.ts';
import { noticeOf, sayLimit, tooMany } from '../frame.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { redirect, show, type Controller, type SignedInController } from '../visit.ts';
import { knownVisitor, sessionCookies } from './cookies.ts';
import { signInPage } from './sign-in-page.ts';

const DONE = {
  reset: 'Your password was changed and every browser signed out. Sign in with the new one.',
  'signed-out': 'You are signed out.',
};

/** Longer than any password that could be right, and short enough to be cheap. */
export const MOST_TYPED = { max: MAX_PASSWORD_LENGTH * 2, trim: false } as const;

const showSignIn =
  (context: PortalContext): Controller =>
  ({ signedIn, returnTo, query }) =>
    signedIn === null
      ? show(
          signInPage(context, { email: '', returnTo, fault: null, notice: noticeOf(query, DONE) }),
        )
      : redirect(returnTo);

const signIn =
  (context: PortalContext): Controller =>
  async ({ form, visitor: anyVisitor, returnTo, signedIn }) => {
    const email = text(form, 'email');
    const visitor = knownVisitor(anyVisitor);
    const password = text(form, 'password', MOST_TYPED);
    const outcome = await context.accounts.signIn({ email, password }, visitor);
    const retry = (fault: string) => signInPage(context, { email, returnTo, fault });
    switch (outcome.outcome) {
      case 'limited':
        return tooMany(outcome, retry(sayLimit(outcome)));
      case 'refused':
        return show(retry('The e-mail address or the password is not right.'), 422);
      case 'signed-in':
        // Whoever sat here before is signed out, not left behind with a session that no cookie leads to.
        if (signedIn !== null) {
          const { user, session, origin } = signedIn;
          await context.accounts.endSession({ user, sessionId: session.id, origin });
        }
        return redirect(returnTo, sessionCookies(outcome.started, visitor));
    }
  };

const signOut =
  (context: PortalContext): SignedInController =>
  async ({ signedIn: { user, session, origin } }) => {
    await context.accounts.endSession({ user, sessionId: session.id, origin });
    return redirect('/sign-in?done=signed-out', [{ cookie: 'session', value: null }]);
  };

export const signInRoutes = (context: PortalContext): readonly PortalRoute[] => [
  { method: 'GET', path: '/sign-in', access: { kind: 'public' }, controller: showSignIn(context) },
  { method: 'POST', path: '/sign-in', access: { kind: 'public' }, controller: signIn(context) },
  { method: 'POST', path: '/sign-out', access: { kind: 'session' }, controller: signOut(context) },
];
