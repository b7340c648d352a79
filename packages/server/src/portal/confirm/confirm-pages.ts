import { mailboxHint } from '../frame.ts';
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
import { html, type Child, type Html } from '../ui/html.ts';
import { card } from '../ui/layout.ts';
import type { SignedInVisit } from '../visit.ts';

/** What every page about a kept form shows. */
export interface AboutKept {
  /** In the imperative: "Create a token". */
  readonly act: string;
  readonly sealed: string;
  /** A page of this site, near to where the form was. */
  readonly place: string;
  readonly fault?: string | null;
}

const summary = (fault: string | null | undefined, field: string | null): Html | null =>
  fault === null || fault === undefined ? null : errorSummary([{ field, message: fault }]);

/** What was about to happen, in the words of its button. */
export const actLine = (act: string): Html => html`<p class="kept-act"><strong>${act}</strong></p>`;

/** Asks for what this person has. */
export function askPage(context: PortalContext, visit: SignedInVisit, about: AboutKept): Html {
  const factors = context.accounts.factorsOf(visit.signedIn.user);
  if (factors.includes('password')) return passwordPage(context, visit, about);
  return factors.includes('e-mail')
    ? linkFirstPage(context, visit, about)
    : addressFirstPage(context, visit, about);
}

interface KeptCard {
  readonly title: string;
  /** What a fault is about; of the page as a whole unless said otherwise. */
  readonly field?: string;
  readonly body: readonly Child[];
}

/** What is wrong and what was about to happen stand first on every page that asks about a kept form. */
const keptCard = (
  context: PortalContext,
  { act, fault }: AboutKept,
  { title, field: name, body }: KeptCard,
): Html =>
  card({
    title,
    brand: context.brand,
    body: [summary(fault, name ?? null), actLine(act), ...body],
  });

const passwordPage = (
  context: PortalContext,
  { signedIn }: SignedInVisit,
  about: AboutKept,
): Html =>
  keptCard(context, about, {
    title: 'Confirm that it is you',
    field: 'password',
    body: [
      html`<p>
        This lasts, so we ask for your password again. What you filled in is kept, and is carried
        out afterwards.
      </p>`,
      form(
        { action: '/confirm', csrf: signedIn.csrf, attributes: { class: 'stack' } },
        hidden('kept', about.sealed),
        hiddenUsername(signedIn.user.email),
        field({
          label: 'Password',
          name: 'password',
          type: 'password',
          error: about.fault,
          hint: html`You are signed in as <bdi>${signedIn.user.email}</bdi>.`,
          autocomplete: 'current-password',
          autofocus: true,
          required: true,
        }),
        actions(
          button({ label: 'Confirm', kind: 'primary' }),
          linkButton({ href: about.place, label: 'Cancel' }),
        ),
        signedIn.user.emailVerifiedAt !== null &&
          html`<p>${button({
            label: 'Send me a link instead',
            kind: 'link',
            attributes: { formaction: '/confirm/send-link', formnovalidate: true },
          })}</p>`,
      ),
    ],
  });

/** For somebody without a password. */
const linkFirstPage = (
  context: PortalContext,
  { signedIn }: SignedInVisit,
  about: AboutKept,
): Html =>
  keptCard(context, about, {
    title: 'Confirm that it is you',
    body: [
      html`<p>
        This lasts, so we ask you to confirm that it is you, with a link that we send to
        <bdi>${signedIn.user.email}</bdi>. What you filled in is kept, and is carried out afterwards.
      </p>`,
      form(
        { action: '/confirm/send-link', csrf: signedIn.csrf, attributes: { class: 'stack' } },
        hidden('kept', about.sealed),
        actions(
          button({ label: 'Send me a link', kind: 'primary' }),
          linkButton({ href: about.place, label: 'Cancel' }),
        ),
      ),
    ],
  });

/** For somebody with neither a password nor a confirmed address. */
const addressFirstPage = (
  context: PortalContext,
  { signedIn }: SignedInVisit,
  about: AboutKept,
): Html =>
  keptCard(context, about, {
    title: 'Confirm your e-mail address first',
    body: [
      html`<p>
        This lasts, so it takes a confirmed address. Open the link that we send to
        <bdi>${signedIn.user.email}</bdi> in this browser, and then start again.
      </p>`,
      form(
        { action: '/verify-email/resend', csrf: signedIn.csrf },
        actions(
          button({ label: 'Send the link', kind: 'primary' }),
          linkButton({ href: about.place, label: 'Cancel' }),
        ),
      ),
    ],
  });

export const linkSentPage = (
  context: PortalContext,
  { signedIn }: SignedInVisit,
  about: AboutKept,
): Html =>
  keptCard(context, about, {
    title: 'Check your e-mail',
    body: [
      html`<p>
        We sent a link to <bdi>${signedIn.user.email}</bdi>. Open it <strong>in this browser</strong>,
        then come back to this page and continue. The link works once, for 15 minutes.
      </p>`,
      mailboxHint(context),
      form(
        { action: '/confirm', csrf: signedIn.csrf, attributes: { class: 'stack' } },
        hidden('kept', about.sealed),
        actions(
          button({
            label: 'Continue',
            kind: 'primary',
            attributes: { name: 'by', value: 'link' },
          }),
          linkButton({ href: about.place, label: 'Cancel' }),
        ),
        context.accounts.factorsOf(signedIn.user).includes('password') &&
          html`<p>${button({
            label: 'Use my password instead',
            kind: 'link',
            attributes: { name: 'by', value: 'password' },
          })}</p>`,
      ),
    ],
  });

/** Opened by the link. Asks before anything happens: programs open the links in messages too. */
export const openedLinkPage = (
  context: PortalContext,
  { signedIn }: SignedInVisit,
  proof: string,
): Html =>
  card({
    title: 'Confirm that it is you',
    brand: context.brand,
    body: [
      html`<p>
        You asked for this link in this browser, before something that lasts. Did you not? Then close
        this page, and ${
          context.accounts.factorsOf(signedIn.user).includes('password')
            ? 'change your password'
            : 'sign out everywhere else'
        } on <a href="/account">your account</a>.
      </p>`,
      form(
        { action: '/confirm/link', csrf: signedIn.csrf },
        hidden('proof', proof),
        actions(button({ label: 'Yes, it is me', kind: 'primary' })),
      ),
    ],
  });

export const confirmedPage = (context: PortalContext): Html =>
  card({
    title: 'Confirmed',
    brand: context.brand,
    body: html`<p>Go back to the page on which you started, and continue there.</p>`,
    footer: html`Closed it? <a href="/">To the start page</a>`,
  });

export const otherBrowserPage = (context: PortalContext, hasPassword: boolean): Html =>
  card({
    title: 'Open this link in the other browser',
    brand: context.brand,
    body: html`<p>
      The link works only in the browser, and for the sign-in, in which it was asked for. Copy its
      address into that browser${hasPassword && ', or give your password there instead'}.
    </p>`,
    footer: html`<a href="/">To the start page</a>`,
  });

export const deadLinkPage = (context: PortalContext): Html =>
  card({
    title: 'This link does not work any more',
    brand: context.brand,
    body: html`<p>
      Each link works once, for 15 minutes, and a newer one replaces it. Go back to the page on which
      you started, and ask for another.
    </p>`,
    footer: html`<a href="/">To the start page</a>`,
  });

export const notKeptPage = (context: PortalContext): Html =>
  card({
    title: 'This form is no longer kept',
    brand: context.brand,
    body: html`<p>
      Forms are kept for an hour. Nothing was changed. Fill it in again, please.
    </p>`,
    footer: html`<a href="/">To the start page</a>`,
  });

export const alreadySentPage = (
  context: PortalContext,
  { act, place }: Pick<AboutKept, 'act' | 'place'>,
): Html =>
  card({
    title: 'This form was already sent',
    brand: context.brand,
    body: [
      actLine(act),
      html`<p>It was carried out once, and is not carried out again.</p>`,
      actions(linkButton({ href: place, label: 'See how it stands', kind: 'primary' })),
    ],
  });
