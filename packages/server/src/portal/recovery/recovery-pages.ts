import { MIN_PASSWORD_LENGTH } from '../../identity/authentication/password-policy.ts';
import { withReturn } from '../authorize/return-path.ts';
import { mailboxHint } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { saySentTo } from '../sent-to.ts';
import {
  actions,
  button,
  checkbox,
  errorSummary,
  field,
  form,
  hidden,
  hiddenUsername,
  linkButton,
} from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { card, type Notice } from '../ui/layout.ts';

const back = (returnTo = '/'): Html =>
  html`<a href="${withReturn('/sign-in', returnTo)}">Back to sign-in</a>`;

const summary = (name: string, error: string | null): Html | null =>
  error === null ? null : errorSummary([{ field: name, message: error }]);

export const forgotPage = (
  context: PortalContext,
  {
    email,
    returnTo,
    error,
  }: { readonly email: string; readonly returnTo: string; readonly error: string | null },
): Html =>
  card({
    title: 'Forgot your password?',
    brand: context.brand,
    body: [
      summary('email', error),
      html`<p>We send you a link with which you choose a new one.</p>`,
      form(
        { action: '/forgot-password', csrf: null, attributes: { class: 'stack' } },
        returnTo !== '/' && hidden('return_to', returnTo),
        field({
          label: 'E-mail address',
          name: 'email',
          type: 'email',
          value: email,
          error,
          autocomplete: 'username',
          autofocus: true,
          required: true,
        }),
        actions(button({ label: 'Send the link', kind: 'primary' })),
      ),
    ],
    footer: back(returnTo),
  });

/** The same for every address, known or not. */
export const resetSentPage = (
  context: PortalContext,
  { sentTo, notice }: { readonly sentTo: string | null; readonly notice: Notice | null },
): Html =>
  card({
    title: 'Check your e-mail',
    brand: context.brand,
    notice,
    body: html`<p>We sent a message to ${saySentTo(sentTo, 'the address that you gave')}.</p>
      <p class="muted">
        The link works once, for one hour. Nothing there after a few minutes? Look in the spam
        folder, or <a href="/forgot-password">try again</a>. After several messages to one address we
        send no more for up to half an hour; the links that you have already still work.
      </p>
      ${mailboxHint(context)} ${sentTo !== null && againForm(sentTo)}`,
    footer: back(),
  });

const againForm = (sentTo: string): Html =>
  form(
    { action: '/forgot-password', csrf: null },
    hidden('email', sentTo),
    hidden('again', 'on'),
    actions(button({ label: 'Send it again', icon: 'mail' })),
  );

export interface ResetPage {
  readonly proof: string;
  /** Whose password it is. */
  readonly email: string;
  readonly error: string | null;
}

export const resetPage = (context: PortalContext, { proof, email, error }: ResetPage): Html =>
  card({
    title: 'Choose a new password',
    brand: context.brand,
    body: [
      summary('password', error),
      html`<p>This signs out every browser in which you are signed in.</p>`,
      form(
        { action: '/reset-password', csrf: null, attributes: { class: 'stack' } },
        hidden('proof', proof),
        hiddenUsername(email),
        field({
          label: 'New password',
          name: 'password',
          type: 'password',
          error,
          hint: `At least ${MIN_PASSWORD_LENGTH} characters. A few unrelated words are best.`,
          autocomplete: 'new-password',
          autofocus: true,
          required: true,
        }),
        checkbox({
          name: 'end_access',
          label: 'Also revoke all my tokens and disconnect all apps',
          hint: 'If you think that somebody else was in your account. The secrets of your services end too.',
        }),
        actions(button({ label: 'Save the new password', kind: 'primary' })),
      ),
    ],
  });

export const deadResetPage = (context: PortalContext): Html =>
  card({
    title: 'This link does not work any more',
    brand: context.brand,
    body: html`<p>Each link works once, for one hour, and until your password or your address is changed.</p>
      ${actions(linkButton({ href: '/forgot-password', label: 'Ask for a new link', kind: 'primary' }))}`,
    footer: back(),
  });
