import { isolated } from '../../kit/stranger-text.ts';
import type { Connection } from '../../consent/types.ts';
import type { DeveloperToken } from '../../developer-tokens/types.ts';
import type { PageOf } from '../../kit/page.ts';
import { noMail } from '../admin/mail-page.ts';
import { sayApp, sayRights } from '../connections/connections-page.ts';
import { mailboxHint, personalPage } from '../frame.ts';
import type { MailDesk, PortalContext } from '../portal-context.ts';
import { expiry, masked } from '../tokens/frame.ts';
import { askingSnippet } from '../tokens/snippets.ts';
import { codeBlock } from '../ui/code.ts';
import { actions, button, form, linkButton } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { callout, heading, section, table } from '../ui/parts.ts';
import { relativeTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';

export interface WelcomePage {
  /** Soonest first. */
  readonly expiring: readonly DeveloperToken[];
  /** The most recent ones. */
  readonly connections: PageOf<Connection>;
  readonly notice: Notice | null;
  /** For operators. */
  readonly standstill: Awaited<ReturnType<MailDesk['standstill']>>;
  readonly now: number;
}

export const welcomePage = (
  context: PortalContext,
  visit: SignedInVisit,
  given: WelcomePage,
): Html =>
  personalPage(context, visit, {
    title: 'Welcome',
    current: 'welcome',
    notice: given.notice,
    body: [
      heading({
        title: `Welcome, ${isolated(visit.signedIn.user.name)}`,
        lead: `Everything you need to call the ${context.brand.name} API.`,
      }),
      given.standstill !== null && noMail(given.standstill, seeMail),
      visit.signedIn.user.emailVerifiedAt === null && unverified(context, visit),
      given.expiring.length > 0 && expiringSection(context, given),
      section(
        { title: 'Which one is right for me?' },
        html`<div class="choices">${developerTokens}${apps}</div>`,
      ),
      quickstart(context),
      given.connections.total > 0 && connectedSection(context, given),
    ],
  });

const seeMail = html`<a href="/admin/mail">See the mail</a>`;

const unverified = (context: PortalContext, { signedIn }: SignedInVisit): Html =>
  html`${callout(
    'warning',
    html`<p>
      <strong>Confirm your e-mail address to create tokens.</strong> We sent a link to
      <bdi>${signedIn.user.email}</bdi>. Wrong address? <a href="/account/email">Change it</a>.
    </p>`,
    form(
      { action: '/verify-email/resend', csrf: signedIn.csrf },
      actions(button({ label: 'Send the link again', icon: 'mail' })),
    ),
  )}
  ${mailboxHint(context)}`;

const developerTokens = html`<article class="choice">
  <h3>Developer tokens</h3>
  <p>
    Associated with your account, with the same access as you, and restricted by scopes. Start here.
    Great for:
  </p>
  <ul>
    <li>Experimenting: you can create and destroy them very quickly</li>
    <li>Integrations in which a single user takes all actions</li>
  </ul>
  ${actions(linkButton({ href: '/tokens', label: 'Create a Token', kind: 'primary', icon: 'key' }))}
</article>`;

const apps = html`<article class="choice">
  <h3>OAuth apps</h3>
  <p>
    For applications hosted elsewhere that act on behalf of several different users, who sign in and
    say yes. Great for:
  </p>
  <ul>
    <li>Products that other people connect to their own accounts</li>
    <li>Services that act as themselves and take up nobody’s seat</li>
  </ul>
  <p>
    A little more to look after. Experiment with a developer token first; your calls stay the same.
  </p>
  ${actions(linkButton({ href: '/apps/new', label: 'Register an app', kind: 'primary', icon: 'code' }))}
</article>`;

function quickstart(context: PortalContext): Html {
  return section(
    {
      title: 'Your first call',
      lead: html`It asks for your token. The answer is your user record. This server's own API is described
        in <a href="/openapi.json">openapi.json</a>.`,
    },
    codeBlock({
      id: 'quickstart',
      label: 'First call with cURL',
      value: askingSnippet(context.baseUrl),
    }),
  );
}

const expiringSection = (context: PortalContext, { expiring, now }: WelcomePage): Html =>
  section(
    { title: 'Expiring soon', lead: 'Rotate them before the programs that use them are refused.' },
    table({
      caption: 'Tokens that expire within seven days, soonest first',
      rows: expiring,
      columns: [
        {
          label: 'Token',
          kind: 'primary',
          cell: (token) =>
            html`<a href="/tokens/${token.id}">${token.description}</a>
              <small>${masked(context, token)}</small>`,
        },
        { label: 'Expires', cell: (token) => expiry(token, now) },
        {
          label: 'Rotate',
          kind: 'actions',
          cell: (token) =>
            html`<a href="/tokens/${token.id}/rotate">Rotate<span class="visually-hidden"> “${token.description}”</span></a>`,
        },
      ],
    }),
  );

const connectedSection = (context: PortalContext, { connections, now }: WelcomePage): Html =>
  section(
    {
      title: 'Connected to you',
      lead: 'Apps that you allowed to use your account.',
      actions: linkButton({ href: '/connections', label: 'See all' }),
    },
    table({
      caption: 'Apps connected to you, most recently allowed first',
      rows: connections.items,
      columns: [
        { label: 'App', kind: 'primary', cell: sayApp },
        { label: 'May', cell: (connection) => sayRights(context, connection) },
        { label: 'Last used', cell: ({ lastUsedAt }) => relativeTime(lastUsedAt, now) },
      ],
    }),
  );
