import type { PortalContext } from '../portal-context.ts';
import {
  actions,
  button,
  errorSummary,
  field,
  form,
  hidden,
  hiddenUsername,
  linkButton,
} from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { card } from '../ui/layout.ts';
import type { SignedIn } from '../visit.ts';

export interface VerifyPage {
  readonly proof: string;
  /** Whose password is asked for; `null`: none is. */
  readonly passwordOf: string | null;
  readonly fault?: string;
}

export const verifyPage = (context: PortalContext, given: VerifyPage): Html =>
  card({
    title: 'Confirm your e-mail address',
    brand: context.brand,
    body: [
      given.fault !== undefined && errorSummary([{ field: 'password', message: given.fault }]),
      given.passwordOf !== null
        ? html`<p>
            You opened the link in another browser than the one in which you signed up, so we ask
            for your password too.
          </p>`
        : html`<p>One click and your account is ready.</p>`,
      form(
        { action: '/verify-email', csrf: null, attributes: { class: 'stack' } },
        hidden('proof', given.proof),
        given.passwordOf !== null && [hiddenUsername(given.passwordOf), passwordField(given.fault)],
        actions(button({ label: 'Confirm this address', kind: 'primary' })),
      ),
      given.passwordOf !== null &&
        html`<p><a href="/forgot-password">Forgot your password?</a></p>`,
    ],
  });

/** For somebody without a password, in a browser that did not ask for the link. */
export const otherBrowserPage = (context: PortalContext): Html =>
  card({
    title: 'Open this link in the other browser',
    brand: context.brand,
    body: html`<p>
        It confirms your address in the browser in which you are signed in. Copy its address into that
        browser.
      </p>
      <p>
        Are you signed in nowhere? Then
        <a href="/forgot-password">choose a password</a> with a link that we send you.
      </p>`,
  });

const passwordField = (error: string | undefined): Html =>
  field({
    label: 'Password',
    name: 'password',
    type: 'password',
    error,
    autocomplete: 'current-password',
    autofocus: true,
    required: true,
  });

export const deadLinkPage = (context: PortalContext, signedIn: SignedIn | null): Html =>
  card({
    title: 'This link does not work any more',
    brand: context.brand,
    body: html`<p>Each link works once, for 24 hours, until your password or your address is changed, and a newer
      one replaces it.</p>
      ${wayOut(signedIn)}`,
  });

function wayOut(signedIn: SignedIn | null): Html {
  if (signedIn === null) {
    return html`<p>
        Sign in. If your address is not confirmed yet, you can ask for another link there.
      </p>
      ${actions(linkButton({ href: '/sign-in', label: 'Sign in', kind: 'primary' }))}`;
  }
  if (signedIn.user.emailVerifiedAt !== null) {
    return html`<p>Your address is confirmed already, so there is nothing left to do.</p>
      ${actions(linkButton({ href: '/', label: 'Continue', kind: 'primary' }))}`;
  }
  return form(
    { action: '/verify-email/resend', csrf: signedIn.csrf },
    actions(button({ label: 'Send the link again', kind: 'primary' })),
  );
}
