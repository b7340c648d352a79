/** What somebody sees whose form came after its session was over, or in another session. */
import type { PortalContext } from '../portal-context.ts';
import { signInPage } from '../sign-in/sign-in-page.ts';
import { actions, button, form, hidden, linkButton } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { card } from '../ui/layout.ts';
import { facts } from '../ui/parts.ts';
import type { SignedIn } from '../visit.ts';
import { actLine, type AboutKept } from './confirm-pages.ts';

export const sessionEndedPage = (context: PortalContext, { act, sealed }: AboutKept): Html =>
  signInPage(context, {
    title: 'Your session has ended',
    lead: [
      actLine(act),
      html`<p>
        This was not done yet. Sign in again: what you filled in is kept for an hour, and you can look
        at it before it is sent.
      </p>`,
    ],
    email: '',
    returnTo: '/',
    fault: null,
    kept: sealed,
  });

/** Says who is signed in and nothing of the other person, nor of what they typed. */
export const otherPersonPage = (
  context: PortalContext,
  { user }: Pick<SignedIn, 'user'>,
  sealed: string,
): Html =>
  signInPage(context, {
    title: 'Somebody else is signed in now',
    lead: [
      html`<p>
        <strong>Nothing was done.</strong> The form was filled in by another person, and this browser
        is signed in as <bdi>${user.name}</bdi> (<bdi>${user.email}</bdi>).
      </p>`,
      actions(linkButton({ href: '/', label: 'Go on as this person' })),
      html`<p>
        Are you the person who filled it in? Sign in as yourself.
        ${sealed !== '' && 'What you filled in is kept for an hour.'}
      </p>`,
    ],
    email: '',
    returnTo: '/',
    fault: null,
    kept: sealed,
  });

export type Filled = readonly (readonly [label: string, value: string])[];

/** The deliberate act without which nothing of an earlier session is carried out. */
export const resumePage = (
  context: PortalContext,
  { csrf }: Pick<SignedIn, 'csrf'>,
  { act, sealed, place, filled }: AboutKept & { readonly filled: Filled },
): Html =>
  card({
    title: 'Send it now?',
    brand: context.brand,
    body: [
      actLine(act),
      html`<p>You signed in again since you opened this form. It was not sent yet.</p>`,
      filled.length > 0 && facts(filled.map(([label, value]) => [label, lines(value)] as const)),
      form(
        { action: '/confirm', csrf, attributes: { class: 'stack' } },
        hidden('kept', sealed),
        actions(
          button({ label: act, kind: 'primary' }),
          linkButton({ href: place, label: 'Cancel' }),
        ),
      ),
    ],
  });

const lines = (value: string): Child =>
  value.split(/\r?\n/).map((line) => html`<bdi class="kept-line">${line}</bdi>`);
