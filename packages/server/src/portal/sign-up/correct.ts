/** "Check your e-mail", and a mistyped address corrected there, in the browser that signed up. */
import { PROOF_SECONDS } from '../../accounts/proof.ts';
import { text } from '../../http/form.ts';
import { noticeOf, sayLimit, tooMany } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { toFieldErrors } from '../tokens/frame.ts';
import type { FieldError } from '../ui/form.ts';
import { redirect, show, type Controller, type CookieChange } from '../visit.ts';
import { sentPage } from './sign-up-page.ts';

const DONE = { corrected: 'We sent a message to the corrected address.' };

export const signUpCookie = (value: string): CookieChange => ({
  cookie: 'browser',
  value,
  maxAgeSeconds: PROOF_SECONDS['verify-email'],
});

export const showSent =
  (context: PortalContext): Controller =>
  ({ browserToken, query }) => {
    const notice = noticeOf(query, DONE);
    const canCorrect = browserToken !== null;
    return show(sentPage(context, { canCorrect, email: '', errors: [], notice }));
  };

export const correct =
  (context: PortalContext): Controller =>
  async ({ form, browserToken, visitor }) => {
    if (browserToken === null) return redirect('/sign-up');
    const email = text(form, 'email');
    const outcome = await context.accounts.correctEmail({ email, browserToken }, visitor);
    const retry = (errors: readonly FieldError[]) =>
      sentPage(context, { canCorrect: true, email, errors, notice: null });
    switch (outcome.outcome) {
      case 'invalid':
        return show(retry(toFieldErrors(outcome.errors)), 422);
      case 'limited':
        return tooMany(outcome, retry([{ field: null, message: sayLimit(outcome) }]));
      case 'sent':
        // The new link lives as long as one of a sign-up does, and so does the way to correct it again.
        return redirect('/sign-up/sent?done=corrected', [signUpCookie(browserToken)]);
    }
  };
