import type { User } from '../../identity/types.ts';
import { mailboxHint, personalPage } from '../frame.ts';
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
import { card } from '../ui/layout.ts';
import { heading, section } from '../ui/parts.ts';
import { badge } from '../ui/state.ts';
import type { SignedInVisit } from '../visit.ts';

const state = ({ emailVerifiedAt }: User): Html =>
  emailVerifiedAt === null ? badge('Not confirmed', 'warning') : badge('Confirmed', 'good');

export const emailSection = (user: User): Html =>
  section(
    {
      title: 'E-mail address',
      id: 'email',
      lead: 'You sign in with it, and it is how you get back in without your password.',
      actions: linkButton({
        href: '/account/email',
        label: 'Change',
        attributes: { 'aria-label': 'Change e-mail address' },
      }),
    },
    html`<p><bdi>${user.email}</bdi> ${state(user)}</p>`,
  );

const wayBack = (user: User): Html =>
  user.emailVerifiedAt === null
    ? html`<p>Your old address is not confirmed, so nothing is sent there.</p>`
    : html`<p>
        Your old address gets a message with a link that takes the change back for 7 days.
      </p>`;

export const changeEmailPage = (
  context: PortalContext,
  visit: SignedInVisit,
  { email, errors }: { readonly email: string; readonly errors: readonly FieldError[] },
): Html =>
  personalPage(context, visit, {
    title: 'Change e-mail address',
    current: 'account',
    body: [
      heading({
        title: 'Change e-mail address',
        lead: html`Now: <bdi>${visit.signedIn.user.email}</bdi>`,
        back: { href: '/account', label: 'Account' },
      }),
      errorSummary(errors),
      html`<p>
          We send a link to the new address. Your address changes when you open it and confirm.
        </p>
        ${wayBack(visit.signedIn.user)}`,
      form(
        { action: '/account/email', csrf: visit.signedIn.csrf, attributes: { class: 'stack' } },
        field({
          label: 'New e-mail address',
          name: 'email',
          type: 'email',
          value: email,
          error: errorOf(errors, 'email'),
          autocomplete: 'email',
          autofocus: true,
          required: true,
        }),
        actions(
          button({ label: 'Send the link', kind: 'primary' }),
          linkButton({ href: '/account', label: 'Cancel' }),
        ),
      ),
    ],
  });

/** The same for every address, known or not. */
export const changeSentPage = (
  context: PortalContext,
  { signedIn }: SignedInVisit,
  sentTo: string | null,
): Html =>
  card({
    title: 'Check your e-mail',
    brand: context.brand,
    body: html`<p>
        We sent a message to ${saySentTo(sentTo, 'the new address')}. Open the link in it to finish;
        until then your address stays as it is.
      </p>
      <p class="muted">
        The link works once, for 24 hours. Nothing there after a few minutes? Look in the spam
        folder, or <a href="/account/email">try again</a>. After several messages to one address we
        send no more for up to half an hour.
      </p>
      ${mailboxHint(context)} ${sentTo !== null && againForm(signedIn.csrf, sentTo)}`,
    footer: html`<a href="/account">Back to your account</a>`,
  });

const againForm = (csrf: string, sentTo: string): Html =>
  form(
    { action: '/account/email', csrf },
    hidden('email', sentTo),
    actions(button({ label: 'Send it again', icon: 'mail' })),
  );
