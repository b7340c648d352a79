import { withReturn } from '../authorize/return-path.ts';
import type { PortalContext } from '../portal-context.ts';
import { actions, button, errorSummary, field, form, hidden } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { card, type Notice } from '../ui/layout.ts';

export interface SignInPage {
  readonly email: string;
  readonly returnTo: string;
  /** What is wrong, in words; never which of the two fields. */
  readonly fault: string | null;
  readonly notice?: Notice | null;
  /** Too many guesses were made: only a link by e-mail leads in now. */
  readonly isLimited?: boolean;
  /** Of a form that is carried out afterwards; empty when there is none. */
  readonly kept?: string;
  readonly title?: string;
  readonly lead?: Child;
}

export const signInPage = (context: PortalContext, given: SignInPage): Html =>
  card({
    title: given.title ?? 'Sign in',
    brand: context.brand,
    notice: given.notice,
    body: html`${given.lead}${given.fault !== null && errorSummary([{ field: null, message: given.fault }])}
      ${given.isLimited === true && byLink(given)}
      ${form(
        { action: '/sign-in', csrf: null, attributes: { class: 'stack' } },
        hidden('return_to', given.returnTo),
        given.kept !== undefined && given.kept !== '' && hidden('kept', given.kept),
        field({
          label: 'E-mail address',
          name: 'email',
          type: 'email',
          value: given.email,
          autocomplete: 'username',
          autofocus: given.email === '',
          required: true,
        }),
        field({
          label: 'Password',
          name: 'password',
          type: 'password',
          autocomplete: 'current-password',
          autofocus: given.email !== '',
          required: true,
        }),
        actions(button({ label: 'Sign in', kind: 'primary' })),
      )}
      <p><a href="${withReturn('/forgot-password', given.returnTo)}">Forgot your password?</a></p>`,
    footer:
      context.signUpMode === 'closed'
        ? undefined
        : html`New to ${context.brand.name}? <a href="${withReturn('/sign-up', given.returnTo)}">Create an account</a>`,
  });

const byLink = ({ returnTo }: SignInPage): Html =>
  html`<p>
    No need to wait: with a link by e-mail you choose a new password and are in at once.
    <a href="${withReturn('/forgot-password', returnTo)}">Send me a link</a>
  </p>`;
