/** Step-up with the password. */
import { text } from '../../http/form.ts';
import { sayLimit, tooMany } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { MOST_TYPED } from '../sign-in/sign-in.ts';
import { show, type Answer, type SignedInVisit } from '../visit.ts';
import { linkSentPage, passwordPage, type AboutKept } from './confirm-pages.ts';

/** `null` when the password was right; otherwise the page that asks again. */
export async function prove(
  context: PortalContext,
  visit: SignedInVisit,
  given: AboutKept,
): Promise<Answer | null> {
  if (text(visit.form, 'by', { max: 20 }) === 'link') {
    const fault = 'The link was not opened in this browser yet.';
    return show(linkSentPage(context, visit, { ...given, fault }), 422);
  }
  const password = text(visit.form, 'password', MOST_TYPED);
  if (password === '') return show(passwordPage(context, visit, given), 403);
  const prover = { ...visit.signedIn, password };
  const outcome = await context.accounts.proveByPassword(prover, visit.visitor);
  switch (outcome.outcome) {
    case 'proved':
      return null;
    case 'limited': {
      const html = passwordPage(context, visit, { ...given, fault: sayLimit(outcome) });
      return tooMany(outcome, html);
    }
    case 'wrong': {
      const fault = 'This is not your password.';
      return show(passwordPage(context, visit, { ...given, fault }), 422);
    }
  }
}
