import type { PageOf, PageRequest } from '../../kit/page.ts';
import { countOf, nounFor } from '../../kit/plural.ts';
import { pagesOf } from '../paging.ts';
import type { PortalContext } from '../portal-context.ts';
import { code } from '../ui/code.ts';
import { linkButton } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { callout, emptyState, heading, table, type Column } from '../ui/parts.ts';
import type { SignedInVisit } from '../visit.ts';
import { appFrame, sayUsers, stateBadgeOf, TYPE_WORDS } from './frame.ts';
import type { CountedApp } from './list.ts';

export interface AppListing {
  readonly apps: PageOf<CountedApp>;
  readonly page: PageRequest;
  readonly mayRegister: boolean;
  /** How many apps others offer to whoever looks. */
  readonly offered: number;
  readonly notice: Notice | null;
}

export const listPage = (context: PortalContext, visit: SignedInVisit, given: AppListing): Html =>
  appFrame(context, visit, {
    title: 'Apps',
    notice: given.notice,
    body: [
      heading({
        title: 'Apps',
        lead: 'OAuth apps that you registered. They act for people who allow it, or as themselves.',
        actions:
          given.mayRegister &&
          linkButton({ href: '/apps/new', label: 'New', kind: 'primary', icon: 'plus' }),
      }),
      given.offered > 0 && offersNote(given.offered),
      body(given),
      pages(given),
    ],
  });

const offersNote = (count: number): Html =>
  callout(
    'accent',
    html`<p>
      ${countOf(count, 'app')} ${nounFor(count, 'is', 'are')} offered to you.
      <a href="/apps/offers">See what is offered</a>.
    </p>`,
  );

function body({ apps, page, mayRegister }: AppListing): Child {
  if (apps.items.length > 0) {
    return table({
      caption: 'Your apps, newest first',
      rows: apps.items,
      columns: APP_COLUMNS,
    });
  }
  if (page.page > 1) return beyondEnd;
  return mayRegister ? tutorial : closed;
}

export const APP_COLUMNS: readonly Column<CountedApp>[] = [
  {
    label: 'App',
    kind: 'primary',
    cell: ({ app }) =>
      html`<a href="/apps/${app.id}">${app.name}</a> <small>${code(app.id)}</small>`,
  },
  { label: 'Type', kind: 'short', cell: ({ app }) => TYPE_WORDS[app.type] },
  {
    label: 'Connected',
    cell: ({ app, users }) =>
      app.type === 'service' ? html`<span class="muted">Acts as itself</span>` : sayUsers(users),
  },
  { label: 'State', kind: 'state', cell: ({ app }) => stateBadgeOf(app) },
];

export const APP_LIST = { name: 'own-apps', shape: 'time-id', address: '/apps' } as const;

const pages = ({ apps }: AppListing): Html | null =>
  pagesOf(apps, { list: APP_LIST, label: 'Pages of apps' });

const beyondEnd = emptyState(
  { icon: 'check', title: 'No more apps' },
  html`<p>The list ends before this page. <a href="/apps">Back to its beginning</a>.</p>`,
);

const tutorial = emptyState(
  { icon: 'code', title: 'No apps yet' },
  html`<ol class="steps">
      <li>Click <strong>New</strong> and say what kind of app it is.</li>
      <li>Give the addresses to which people come back, and the scopes that it may ask for.</li>
      <li>Copy the client ID, and the client secret if it has one, into the app.</li>
      <li>The app sends people here; they sign in, see what it asks for, and allow it or not.</li>
    </ol>
    ${linkButton({ href: '/apps/new', label: 'Register your first app', icon: 'plus' })}
    <p>To try the API out alone, a <a href="/tokens">developer token</a> is quicker.</p>`,
);

const closed = emptyState(
  { icon: 'code', title: 'No apps' },
  html`<p>
    Apps are registered by the operators of this server. Ask one of them when you need an app; a
    <a href="/tokens">developer token</a> of your own you can make at any time.
  </p>`,
);
