/** Signing up and proving the address. */
import { text } from '../../http/form.ts';
import { appAhead } from '../authorize/app-ahead.ts';
import { destinationOf, noteReturn, rememberReturn } from '../authorize/return-path.ts';
import { sayLimit, tooMany } from '../frame.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { rememberSentTo } from '../sent-to.ts';
import { post } from '../session-routes.ts';
import { MOST_TYPED } from '../sign-in/sign-in.ts';
import { never } from '../step-up.ts';
import { toFieldErrors } from '../tokens/frame.ts';
import type { FieldError } from '../ui/form.ts';
import { redirect, show, type Controller } from '../visit.ts';
import { correct, showSent, signUpCookie } from './correct.ts';
import { closedPage, signUpPage } from './sign-up-page.ts';
import { resend, showVerification, verify } from './verify.ts';

const showSignUp =
  (context: PortalContext): Controller =>
  async (visit) => {
    const { signedIn, returnTo } = visit;
    if (signedIn !== null) return redirect(returnTo);
    if (context.signUpMode === 'closed') return show(closedPage(context));
    const app = await appAhead(context, await destinationOf(context, visit));
    const html = signUpPage(context, { name: '', email: '', returnTo, app, errors: [] });
    return { ...show(html), cookies: noteReturn(returnTo) };
  };

const signUp =
  (context: PortalContext): Controller =>
  async (visit) => {
    const { form, visitor, returnTo } = visit;
    const name = text(form, 'name');
    const email = text(form, 'email');
    const password = text(form, 'password', MOST_TYPED);
    const outcome = await context.accounts.signUp({ name, email, password }, visitor);
    const app = await appAhead(context, await destinationOf(context, visit));
    const retry = (errors: readonly FieldError[]) =>
      signUpPage(context, { name, email, returnTo, app, errors });
    switch (outcome.outcome) {
      case 'closed':
        return show(closedPage(context), 403);
      case 'invalid':
        return show(retry(toFieldErrors(outcome.errors)), 422);
      case 'limited':
        return tooMany(outcome, retry([{ field: null, message: sayLimit(outcome) }]));
      case 'sent':
        return redirect('/sign-up/sent', [
          signUpCookie(outcome.browserToken),
          rememberSentTo('sign-up', outcome.email),
          ...(await rememberReturn(context, returnTo)),
        ]);
    }
  };

const open = { kind: 'public' } as const;

export const signUpRoutes = (context: PortalContext): readonly PortalRoute[] => [
  { method: 'GET', path: '/sign-up', access: open, controller: showSignUp(context) },
  { method: 'POST', path: '/sign-up', access: open, controller: signUp(context) },
  { method: 'GET', path: '/sign-up/sent', access: open, controller: showSent(context) },
  { method: 'POST', path: '/sign-up/correct', access: open, controller: correct(context) },
  { method: 'GET', path: '/verify-email', access: open, controller: showVerification(context) },
  { method: 'POST', path: '/verify-email', access: open, controller: verify(context) },
  post(
    '/verify-email/resend',
    { act: 'Send the link again', stepUp: never('the link goes to the address of the account') },
    resend(context),
  ),
];
