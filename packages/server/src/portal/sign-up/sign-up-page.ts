import { MIN_PASSWORD_LENGTH } from '../../identity/authentication/password-policy.ts';
import { mostUnits } from '../../kit/stranger-text.ts';
import { sayAppAhead, type AppAhead } from '../authorize/app-ahead.ts';
import { withReturn } from '../authorize/return-path.ts';
import { mailboxHint } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { saySentTo } from '../sent-to.ts';
import {
  actions,
  button,
  errorOf,
  errorSummary,
  field,
  form,
  hidden,
  linkButton,
} from '../ui/form.ts';
import type { FieldError } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { card, type Notice } from '../ui/layout.ts';

export interface SignUpPage {
  readonly name: string;
  readonly email: string;
  readonly returnTo: string;
  readonly app: AppAhead | null;
  readonly errors: readonly FieldError[];
}

const signInFooter = (returnTo: string): Html =>
  html`Have an account already? <a href="${withReturn('/sign-in', returnTo)}">Sign in</a>`;

export const signUpPage = (context: PortalContext, given: SignUpPage): Html =>
  card({
    title: 'Create an account',
    brand: context.brand,
    body: [
      sayAppAhead(given.app),
      errorSummary(given.errors),
      form(
        { action: '/sign-up', csrf: null, attributes: { class: 'stack' } },
        given.returnTo !== '/' && hidden('return_to', given.returnTo),
        fields(context, given),
        actions(button({ label: 'Sign up', kind: 'primary' })),
      ),
    ],
    footer: signInFooter(given.returnTo),
  });

const fields = (context: PortalContext, { name, email, errors }: SignUpPage): readonly Html[] => [
  field({
    label: 'Name',
    name: 'name',
    value: name,
    error: errorOf(errors, 'name'),
    autocomplete: 'name',
    autofocus: errors.length === 0,
    required: true,
    attributes: { maxlength: mostUnits('person name') },
  }),
  field({
    label: 'E-mail address',
    name: 'email',
    type: 'email',
    value: email,
    error: errorOf(errors, 'email'),
    hint:
      context.signUpMode === 'domains'
        ? 'Use your work address: sign-up is limited to some domains.'
        : null,
    autocomplete: 'username',
    required: true,
  }),
  field({
    label: 'Password',
    name: 'password',
    type: 'password',
    error: errorOf(errors, 'password'),
    hint: `At least ${MIN_PASSWORD_LENGTH} characters. A few unrelated words are best.`,
    autocomplete: 'new-password',
    required: true,
  }),
];

export interface SentPage {
  /** Whether this browser has signed up and can correct the address. */
  readonly canCorrect: boolean;
  /** Where the message went, when this browser knows. */
  readonly sentTo: string | null;
  /** What was typed as the right one. */
  readonly email: string;
  readonly errors: readonly FieldError[];
  readonly notice: Notice | null;
}

/** The same for every address, known or not. */
export const sentPage = (context: PortalContext, given: SentPage): Html =>
  card({
    title: 'Check your e-mail',
    brand: context.brand,
    notice: given.notice,
    body: [
      errorSummary(given.errors),
      html`<p>
          We sent a message to ${saySentTo(given.sentTo, 'the address that you gave')}. Open the link in it, in this browser, to
          finish.
        </p>
        <p class="muted">
          The link works for 24 hours. Nothing there after a few minutes? Look in the spam
          folder${!given.canCorrect && html`, or <a href="/sign-up">try again</a> if the address had a typing mistake`}.
        </p>
        ${mailboxHint(context)}`,
      given.canCorrect && correctionForm(given),
    ],
    footer: signInFooter('/'),
  });

/** The same address again, or the right one. */
const correctionForm = ({ sentTo, email, errors }: SentPage): Html =>
  html`<h2>No message?</h2>
    ${form(
      { action: '/sign-up/correct', csrf: null, attributes: { class: 'stack' } },
      field({
        label: 'E-mail address',
        name: 'email',
        type: 'email',
        value: email || (sentTo ?? ''),
        error: errorOf(errors, 'email'),
        hint: 'Correct it if there is a typing mistake. Only the newest link works.',
        autocomplete: 'email',
        required: true,
      }),
      actions(button({ label: 'Send the link again', icon: 'mail' })),
    )}`;

export const closedPage = (context: PortalContext): Html =>
  card({
    title: 'Sign-up is closed',
    brand: context.brand,
    body: html`<p>Accounts here are made by the operator. Ask them for one.</p>
      ${actions(linkButton({ href: '/sign-in', label: 'Sign in', kind: 'primary' }))}`,
  });
