/** "Check your e-mail", and a mistyped address corrected there, in the browser that signed up. */
import { PROOF_SECONDS } from '../../identity/authentication/proof.ts';
import { text } from '../../http/form.ts';
import { noticeOf, sayLimit, tooMany } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { rememberSentTo, sentToOf } from '../sent-to.ts';
import { toFieldErrors } from '../tokens/frame.ts';
import type { FieldError } from '../ui/form.ts';
import { redirect, show, type Controller, type CookieChange } from '../visit.ts';
import { sentPage } from './sign-up-page.ts';

const DONE = {
  corrected: 'We sent a message to the corrected address.',
  again: 'We sent the message again, unless several went there already. The newest link works.',
};

export const signUpCookie = (value: string): CookieChange => ({
  cookie: 'browser',
  value,
  maxAgeSeconds: PROOF_SECONDS['verify-email'],
});

export const showSent =
  (context: PortalContext): Controller =>
  (visit) => {
    const notice = noticeOf(visit.query, DONE);
    const canCorrect = visit.browserToken !== null;
    const sentTo = sentToOf(visit, 'sign-up');
    return show(sentPage(context, { canCorrect, sentTo, email: '', errors: [], notice }));
  };

export const correct =
  (context: PortalContext): Controller =>
  async (visit) => {
    const { form, browserToken, visitor } = visit;
    const sentTo = sentToOf(visit, 'sign-up');
    if (browserToken === null) return redirect('/sign-up');
    const email = text(form, 'email');
    const outcome = await context.accounts.correctEmail({ email, browserToken }, visitor);
    const retry = (errors: readonly FieldError[]) =>
      sentPage(context, { canCorrect: true, sentTo, email, errors, notice: null });
    switch (outcome.outcome) {
      case 'invalid':
        return show(retry(toFieldErrors(outcome.errors)), 422);
      case 'limited':
        return tooMany(outcome, retry([{ field: null, message: sayLimit(outcome) }]));
      case 'sent': {
        const done = outcome.email === sentTo ? 'again' : 'corrected';
        // The new link lives as long as one of a sign-up does, and so does the way to correct it again.
        const cookies = [signUpCookie(browserToken), rememberSentTo('sign-up', outcome.email)];
        return redirect(`/sign-up/sent?done=${done}`, cookies);
      }
    }
  };
