/** Changing the password, and choosing the first one of somebody who has none. */
import { MIN_PASSWORD_LENGTH } from '../../identity/authentication/password-policy.ts';
import { text } from '../../http/form.ts';
import { personalPage, sayLimit, tooMany } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { MOST_TYPED } from '../sign-in/sign-in.ts';
import { sometimes } from '../step-up.ts';
import { toFieldErrors } from '../tokens/frame.ts';
import {
  actions,
  button,
  errorOf,
  errorSummary,
  field,
  form,
  hiddenUsername,
  linkButton,
  type FieldError,
} from '../ui/form.ts';
import type { Html } from '../ui/html.ts';
import { heading } from '../ui/parts.ts';
import { redirect, show, type SignedInController, type SignedInVisit } from '../visit.ts';

/** The page again, with what was wrong. */
type Draw = (visit: SignedInVisit, errors: readonly FieldError[]) => Html | Promise<Html>;

const hasPassword = ({ signedIn }: SignedInVisit): boolean => signedIn.user.passwordHash !== null;

export const asksWithoutPassword = sometimes(
  'there is no password yet; otherwise its form asks for the current one itself',
  (visit) => !hasPassword(visit),
);

export const changePassword =
  (context: PortalContext, drawAccount: Draw): SignedInController =>
  async (visit) => {
    const { user, session } = visit.signedIn;
    const password = text(visit.form, 'password', MOST_TYPED);
    const change = { user, password, keepSessionId: session.id };
    const isFirst = !hasPassword(visit);
    const draw: Draw = isFirst
      ? (_visit, errors) => choosePage(context, visit, errors)
      : drawAccount;
    if (isFirst && password === '') return show(await draw(visit, []));
    const current = text(visit.form, 'current_password', MOST_TYPED);
    const outcome = isFirst
      ? await context.accounts.choosePassword(change, visit.visitor)
      : await context.accounts.changePassword({ ...change, current }, visit.visitor);
    switch (outcome.outcome) {
      case 'changed':
        return redirect('/account?done=password');
      case 'invalid':
        return show(await draw(visit, toFieldErrors(outcome.errors)), 422);
      case 'limited': {
        const errors = [{ field: null, message: sayLimit(outcome) }];
        return tooMany(outcome, await draw(visit, errors));
      }
    }
  };

const choosePage = (
  context: PortalContext,
  visit: SignedInVisit,
  errors: readonly FieldError[],
): Html =>
  personalPage(context, visit, {
    title: 'Choose a password',
    current: 'account',
    body: [
      heading({
        title: 'Choose a password',
        lead: 'Every other browser is signed out. Your tokens stay.',
        back: { href: '/account', label: 'Account' },
      }),
      errorSummary(errors),
      form(
        { action: '/account/password', csrf: visit.signedIn.csrf, attributes: { class: 'stack' } },
        hiddenUsername(visit.signedIn.user.email),
        field({
          label: 'New password',
          name: 'password',
          type: 'password',
          error: errorOf(errors, 'password'),
          hint: `At least ${MIN_PASSWORD_LENGTH} characters. A few unrelated words are best.`,
          autocomplete: 'new-password',
          autofocus: true,
          required: true,
        }),
        actions(
          button({ label: 'Save the password', kind: 'primary' }),
          linkButton({ href: '/account', label: 'Cancel' }),
        ),
      ),
    ],
  });
