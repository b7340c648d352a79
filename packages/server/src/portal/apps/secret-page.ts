/** The pages that show a client secret, each once, and what is said instead of showing it again. */
import type { App } from '../../apps/types.ts';
import type { PortalContext } from '../portal-context.ts';
import { codeField } from '../ui/code.ts';
import { actions, linkButton } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { callout, heading, section } from '../ui/parts.ts';
import type { SignedInVisit } from '../visit.ts';
import { appFrame } from './frame.ts';
import { settingsSection } from './settings-section.ts';

interface ShownSecret {
  readonly app: App;
  /** The credential. This page is the only one that ever shows it. */
  readonly value: string;
}

export const registeredPage = (
  context: PortalContext,
  visit: SignedInVisit,
  shown: ShownSecret,
): Html => secretPage(context, visit, { ...shown, title: 'App registered' });

export const secretAddedPage = (
  context: PortalContext,
  visit: SignedInVisit,
  shown: ShownSecret,
): Html =>
  secretPage(context, visit, {
    ...shown,
    title: 'Client secret added',
    note: html`<p class="hint">
      The others work on. When nothing uses an old one any more, which “last used” tells, revoke it.
    </p>`,
  });

const secretPage = (
  context: PortalContext,
  visit: SignedInVisit,
  { app, value, title, note }: ShownSecret & { readonly title: string; readonly note?: Child },
): Html =>
  appFrame(context, visit, {
    title,
    body: [
      heading({ title, lead: app.name }),
      section(
        { title: 'Its credentials' },
        codeField({ id: 'client-id', label: 'Client ID', value: app.id }),
        callout(
          'warning',
          html`<p>
            <strong>This client secret is presented only once.</strong> Copy it and store it where
            only the app can read it; once you leave this page you cannot see it again.
          </p>`,
        ),
        codeField({ id: 'client-secret', label: 'Client secret', value, isSecret: true }),
        note,
      ),
      settingsSection(context, { app, secret: value }),
      actions(
        linkButton({ href: `/apps/${app.id}`, label: 'About this app' }),
        linkButton({ href: '/apps', label: 'All apps' }),
      ),
    ],
  });

export const alreadyRegisteredPage = (
  context: PortalContext,
  visit: SignedInVisit,
  app: App,
): Html =>
  insteadPage(context, visit, {
    app,
    title: 'This app was already registered',
    lead: 'Its client secret is not shown again, and nothing new was made.',
    text: html`<p>
      The form was sent before and made <a href="/apps/${app.id}">${app.name}</a>. If you did not
      keep its client secret, add another on its page.
    </p>`,
  });

export const alreadyAddedPage = (context: PortalContext, visit: SignedInVisit, app: App): Html =>
  insteadPage(context, visit, {
    app,
    title: 'This secret was already added',
    lead: 'It is not shown again, and nothing new was made.',
    text: html`<p>If you did not keep it, revoke it and add another.</p>`,
  });

export const insteadPage = (
  context: PortalContext,
  visit: SignedInVisit,
  given: {
    readonly app: App;
    readonly title: string;
    readonly lead?: string;
    readonly text: Child;
  },
): Html =>
  appFrame(context, visit, {
    title: given.title,
    body: [
      heading({ title: given.title, ...(given.lead !== undefined && { lead: given.lead }) }),
      given.text,
      actions(
        linkButton({ href: `/apps/${given.app.id}`, label: 'About this app', kind: 'primary' }),
        linkButton({ href: '/apps', label: 'All apps' }),
      ),
    ],
  });
