/** The emergency exit: ending everything by which programs act for a person. */
import { personalPage } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { actions, button, form, linkButton } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { callout, dangerZone, heading } from '../ui/parts.ts';
import type { SignedInVisit } from '../visit.ts';

export const accessZone = dangerZone(
  {
    title: 'End all access',
    lead: 'Revokes every token, disconnects every app and ends the secrets of your services at once, if you fear that somebody else uses your account.',
  },
  linkButton({ href: '/account/access', label: 'End all access…', kind: 'danger' }),
);

/** Asks first, on a page that says what will stop. */
export const endAccessPage = (context: PortalContext, visit: SignedInVisit): Html =>
  personalPage(context, visit, {
    title: 'End all access',
    current: 'account',
    body: [
      heading({ title: 'End all access?', back: { href: '/account', label: 'Account' } }),
      callout(
        'danger',
        html`<p>
          Every token of yours is revoked, every app disconnected, and every secret of your services
          ends. Programs that use them are refused at once. <strong>This cannot be undone.</strong>
        </p>`,
      ),
      html`<p>Your browsers stay signed in, and your password stays as it is.</p>`,
      form(
        { action: '/account/access/end', csrf: visit.signedIn.csrf },
        actions(
          button({ label: 'End all access', kind: 'danger' }),
          linkButton({ href: '/account', label: 'Cancel' }),
        ),
      ),
    ],
  });
