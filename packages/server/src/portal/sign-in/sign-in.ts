/** Signing in and out with a password. */
import { MAX_PASSWORD_LENGTH } from '../../identity/authentication/password-policy.ts';
import type { StartedSession } from '../../identity/authentication/sessions.ts';
import type { User } from '../../identity/types.ts';
import { flag, text } from '../../http/form.ts';
import { appAhead, formTargetsOf, sayAppAhead } from '../authorize/app-ahead.ts';
import { destinationOf, forgetReturn, takeDestination } from '../authorize/return-path.ts';
import { keepPage } from '../deletion/deletion-pages.ts';
import { withMark } from '../authorize/sign-in-again.ts';
import { noticeOf, sayLimit, tooMany } from '../frame.ts';
import { mostBytesWithKept, readSealed } from '../confirm/kept-form.ts';
import type { EntryContext, PortalContext, PortalRoute } from '../portal-context.ts';
import { post } from '../session-routes.ts';
import { never } from '../step-up.ts';
import type { Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import {
  redirect,
  show,
  type Answer,
  type Controller,
  type PageAnswer,
  type SignedInController,
  type Visit,
} from '../visit.ts';
import { knownVisitor, sessionCookies, type KnownVisitor } from './cookies.ts';
import { signInPage, type SignInPage } from './sign-in-page.ts';

const DONE = {
  reset: 'Your password was changed and every browser signed out. Sign in with the new one.',
  'signed-out': 'You are signed out.',
  deletion:
    'Your account will be deleted, and you are signed out everywhere. We sent you a message with the date and a link to keep it.',
  kept: 'Your account is kept. Sign in to go on.',
};

/** Longer than any password that could be right, and short enough to be cheap. */
export const MOST_TYPED = { max: MAX_PASSWORD_LENGTH * 2, trim: false } as const;

/** `again` asks even those who are signed in: an app wants to know that it is still them, or they want to be another. */
const showSignIn =
  (context: PortalContext): Controller =>
  async (visit) => {
    const { signedIn, query } = visit;
    const isAgain = flag(query, 'again');
    if (signedIn !== null && !isAgain)
      return redirect(await takeDestination(context, visit), [forgetReturn]);
    const email = text(query, 'email', { max: 254 });
    const quiet = isAgain ? AGAIN : flag(query, 'lost') ? LOST : null;
    const notice = quiet ?? noticeOf(query, DONE);
    return present(context, visit, { email, fault: null, notice });
  };

const AGAIN: Notice = { tone: 'quiet', text: 'Please sign in to continue to the app.' };
const WRONG = 'The e-mail address or the password is not right.';
/** A form was sent without a session: it was signed out meanwhile, in another tab or by time. */
const LOST: Notice = {
  tone: 'quiet',
  text: 'You are signed out. If you were about to save something, sign in and do it again.',
};

type Presented = Omit<SignInPage, 'returnTo' | 'lead'> & {
  readonly answerWith?: (html: Html) => PageAnswer;
};

/** On the way to an app, the form leads to the app in the end: the person is told, and the browser. */
async function present(
  context: PortalContext,
  visit: Visit,
  { answerWith = show, ...given }: Presented,
): Promise<Answer> {
  const { returnTo, form } = visit;
  const app = await appAhead(context, await destinationOf(context, visit));
  const kept = readSealed(context, form);
  const html = signInPage(context, { ...given, returnTo, kept, lead: sayAppAhead(app) });
  return { ...answerWith(html), formTargets: formTargetsOf(app) };
}

const signIn =
  (context: EntryContext): Controller =>
  async (visit) => {
    const { form, visitor: anyVisitor, signedIn } = visit;
    const email = text(form, 'email');
    const visitor = knownVisitor(anyVisitor);
    const password = text(form, 'password', MOST_TYPED);
    const outcome = await context.accounts.signIn({ email, password }, visitor);
    switch (outcome.outcome) {
      case 'limited':
        return present(context, visit, {
          email,
          fault: sayLimit(outcome),
          isLimited: true,
          answerWith: (html) => tooMany(outcome, html),
        });
      case 'refused':
        return present(context, visit, {
          email,
          fault: WRONG,
          answerWith: (html) => show(html, 422),
        });
      case 'being-deleted':
        return show(keepPage(context, outcome.user, outcome.proof));
      case 'signed-in':
        // Whoever sat here before is signed out, not left behind with a session that no cookie leads to.
        if (signedIn !== null) {
          const { user, session, origin } = signedIn;
          await context.accounts.endSession({ user, sessionId: session.id, origin });
        }
        return admit(context, visit, { ...outcome, visitor });
    }
  };

async function admit(
  context: EntryContext,
  visit: Visit,
  { user, started, visitor }: { user: User; started: StartedSession; visitor: KnownVisitor },
): Promise<Answer> {
  const cookies = [...sessionCookies(started, visitor), forgetReturn];
  const kept = context.afterSignIn(visit, { user, session: started.session });
  return kept === null
    ? redirect(withMark(context, await takeDestination(context, visit), started.session), cookies)
    : { ...kept, cookies };
}

const signOut =
  (context: PortalContext): SignedInController =>
  async ({ signedIn: { user, session, origin } }) => {
    await context.accounts.endSession({ user, sessionId: session.id, origin });
    return redirect('/sign-in?done=signed-out', [{ cookie: 'session', value: null }]);
  };

export const signInRoutes = (context: EntryContext): readonly PortalRoute[] => [
  { method: 'GET', path: '/sign-in', access: { kind: 'public' }, controller: showSignIn(context) },
  {
    method: 'POST',
    path: '/sign-in',
    access: { kind: 'public' },
    controller: signIn(context),
    bodyLimitBytes: () => mostBytesWithKept(context),
  },
  post(
    '/sign-out',
    { act: 'Sign out', stepUp: never('it ends the session'), endsSession: true },
    signOut(context),
  ),
];
