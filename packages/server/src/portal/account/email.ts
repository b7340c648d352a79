/** Asking for another e-mail address. */
import { text } from '../../http/form.ts';
import { sayLimit, tooMany } from '../frame.ts';
import type { PortalContext, PortalRoute } from '../portal-context.ts';
import { rememberSentTo, sentToOf } from '../sent-to.ts';
import { get, post } from '../session-routes.ts';
import { ALWAYS } from '../step-up.ts';
import { toFieldErrors } from '../tokens/frame.ts';
import type { FieldError } from '../ui/form.ts';
import { redirect, show, type SignedInController } from '../visit.ts';
import { emailLinkRoutes } from './email-links.ts';
import { changeEmailPage, changeSentPage } from './email-pages.ts';

const showForm =
  (context: PortalContext): SignedInController =>
  (visit) =>
    show(changeEmailPage(context, visit, { email: '', errors: [] }));

const requestChange =
  (context: PortalContext): SignedInController =>
  async (visit) => {
    const { user, origin } = visit.signedIn;
    const email = text(visit.form, 'email');
    const change = { user, email, origin };
    const outcome = await context.accounts.requestEmailChange(change, visit.visitor);
    const retry = (errors: readonly FieldError[]) =>
      changeEmailPage(context, visit, { email, errors });
    switch (outcome.outcome) {
      case 'invalid':
        return show(retry(toFieldErrors(outcome.errors)), 422);
      case 'limited':
        return tooMany(outcome, retry([{ field: null, message: sayLimit(outcome) }]));
      case 'sent':
        return redirect('/account/email/sent', [rememberSentTo('change', outcome.email)]);
    }
  };

const showSent =
  (context: PortalContext): SignedInController =>
  (visit) =>
    show(changeSentPage(context, visit, sentToOf(visit, 'change')));

export const emailRoutes = (context: PortalContext): readonly PortalRoute[] => [
  get('/account/email', showForm(context)),
  post(
    '/account/email',
    { act: 'Change your e-mail address', stepUp: ALWAYS },
    requestChange(context),
  ),
  get('/account/email/sent', showSent(context)),
  ...emailLinkRoutes(context),
];
