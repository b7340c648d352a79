/** Step-up with the password, for whoever has one. */
import { text } from '../../http/form.ts';
import { sayLimit, tooMany } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { MOST_TYPED } from '../sign-in/sign-in.ts';
import { show, type Answer, type SignedInVisit } from '../visit.ts';
import { askPage, linkSentPage, type AboutKept } from './confirm-pages.ts';

/** `null` when the password was right; otherwise the page that asks for what the person has. */
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
  const hasPassword = context.accounts.factorsOf(visit.signedIn.user).includes('password');
  if (password === '' || !hasPassword) return show(askPage(context, visit, given), 403);
  const prover = { ...visit.signedIn, password };
  const outcome = await context.accounts.proveByPassword(prover, visit.visitor);
  switch (outcome.outcome) {
    case 'proved':
      return null;
    case 'limited': {
      const html = askPage(context, visit, { ...given, fault: sayLimit(outcome) });
      return tooMany(outcome, html);
    }
    case 'wrong': {
      const fault = 'This is not your password.';
      return show(askPage(context, visit, { ...given, fault }), 422);
    }
  }
}
