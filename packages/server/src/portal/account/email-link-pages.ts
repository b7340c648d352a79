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

const start = html`<a href="/">To the start page</a>`;

export interface ConfirmEmailPage {
  readonly proof: string;
  /** The new address. Whose account it is for is not told: the reader of a mistyped address is a stranger. */
  readonly email: string;
  readonly way: 'one-click' | 'password-needed';
  readonly fault: string | null;
}

export const confirmEmailPage = (
  context: PortalContext,
  { proof, email, way, fault }: ConfirmEmailPage,
): Html => {
  const isAsked = way === 'password-needed';
  const blamed = isAsked ? 'password' : null;
  return card({
    title: 'Confirm your new e-mail address',
    brand: context.brand,
    body: [
      fault !== null && errorSummary([{ field: blamed, message: fault }]),
      isAsked
        ? html`<p>
            To use <bdi>${email}</bdi> for your account, give the password of the account: you are
            not signed in to it in this browser.
          </p>`
        : html`<p>From now on you sign in with <bdi>${email}</bdi>.</p>`,
      form(
        { action: '/confirm-email', csrf: null, attributes: { class: 'stack' } },
        hidden('proof', proof),
        isAsked && [hiddenUsername(email), passwordField(fault)],
        actions(button({ label: 'Confirm this address', kind: 'primary' })),
      ),
    ],
    footer: html`Not you? Close this page: nothing is changed.`,
  });
};

/** For the account of somebody without a password, where they are not signed in. */
export const elsewherePage = (context: PortalContext): Html =>
  card({
    title: 'Open this link in the other browser',
    brand: context.brand,
    body: html`<p>
      It confirms the new address in a browser that is signed in to the account. Copy its address into
      that browser.
    </p>`,
    footer: html`Not you? Close this page: nothing is changed.`,
  });

const passwordField = (error: string | null): Html =>
  field({
    label: 'Password',
    name: 'password',
    type: 'password',
    error,
    autocomplete: 'current-password',
    autofocus: true,
    required: true,
  });

export const changedPage = (context: PortalContext, signedIn: SignedIn | null): Html =>
  card({
    title: 'Your e-mail address was changed',
    brand: context.brand,
    body: [
      html`<p>Sign in with the new address from now on. Your password and your tokens stay.</p>`,
      actions(
        signedIn === null
          ? linkButton({ href: '/sign-in', label: 'Sign in', kind: 'primary' })
          : linkButton({ href: '/account', label: 'Your account', kind: 'primary' }),
      ),
    ],
  });

export const takenPage = (context: PortalContext): Html =>
  card({
    title: 'This address belongs to another account',
    brand: context.brand,
    body: html`<p>
      Somebody else got it after this link was sent. Nothing was changed: your address is the one
      that you had.
    </p>`,
    footer: start,
  });

export const deadChangePage = (context: PortalContext): Html =>
  card({
    title: 'This link does not work any more',
    brand: context.brand,
    body: html`<p>
        Each link works once, for 24 hours, until your password or your address is changed, and a
        newer one replaces it.
      </p>
      ${actions(
        linkButton({ href: '/account/email', label: 'Ask for a new link', kind: 'primary' }),
      )}`,
    footer: start,
  });

export const undoPage = (
  context: PortalContext,
  given: { readonly proof: string; readonly email: string; readonly fault: string | null },
): Html =>
  card({
    title: 'Take your e-mail address back',
    brand: context.brand,
    body: [
      given.fault !== null && errorSummary([{ field: null, message: given.fault }]),
      html`<p>
          The address of your account was changed. If this was not you, take
          <bdi>${given.email}</bdi> back. At once:
        </p>
        <ul>
          <li>the account has this address again,</li>
          <li>every browser is signed out,</li>
          <li>the password ends, and you choose a new one on the next page.</li>
        </ul>`,
      form(
        { action: '/undo-email-change', csrf: null },
        hidden('proof', given.proof),
        actions(button({ label: 'Take the address back', kind: 'danger' })),
      ),
    ],
    footer: html`Was it you? Close this page: nothing is changed.`,
  });

export const deadUndoPage = (context: PortalContext): Html =>
  card({
    title: 'This link does not work any more',
    brand: context.brand,
    body: html`<p>
        A change of address can be taken back once, for 7 days. If you took it back and did not
        choose a password yet, ask for a link to choose one.
      </p>
      ${actions(
        linkButton({ href: '/forgot-password', label: 'Choose a new password', kind: 'primary' }),
      )}`,
    footer: start,
  });
