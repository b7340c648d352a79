import type { App } from '../../apps/types.ts';
import { newId } from '../../kit/ids.ts';
import { isOffline } from '../../oauth/vocabulary.ts';
import type { PortalContext } from '../portal-context.ts';
import { summariseScopes } from '../tokens/scope-groups.ts';
import { code, codeField } from '../ui/code.ts';
import { button, form, hidden, linkButton } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { callout, dangerZone, facts, heading, section, table, type Column } from '../ui/parts.ts';
import { badge } from '../ui/state.ts';
import { exactTime, relativeTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';
import type { AppDossier } from './dossier.ts';
import { appFrame, maskedSecret, sayUsers, stateBadgeOf, TYPE_WORDS } from './frame.ts';
import { historySection } from './history.ts';
import { sayAccess, sayRefresh } from './lifetimes.ts';
import { isOwn } from './own.ts';
import { settingsSection } from './settings-section.ts';

export interface AppPage {
  readonly dossier: AppDossier;
  readonly notice: Notice | null;
}

export function appPage(context: PortalContext, visit: SignedInVisit, given: AppPage): Html {
  const { dossier, notice } = given;
  const { app } = dossier;
  return appFrame(context, visit, {
    title: app.name,
    current: isOwn(app, visit) ? 'apps' : 'all-apps',
    notice,
    body: [
      heading({
        title: app.name,
        lead: html`${TYPE_WORDS[app.type]} ${stateBadgeOf(app)}
        ${app.mayIntrospect && badge('Resource server', 'accent')}`,
        back: isOwn(app, visit) ? MINE : EVERYBODYS,
        actions: linkButton({ href: `/apps/${app.id}/edit`, label: 'Edit' }),
      }),
      standing(dossier),
      codeField({ id: 'client-id', label: 'Client ID', value: app.id }),
      facts(factsOf(context, visit, dossier)),
      app.type !== 'public' && secretsSection(context, visit, dossier),
      settingsSection(context, { app }),
      historySection(dossier, visit.signedIn.user.id),
      changes(visit, dossier),
    ],
  });
}

const MINE = { href: '/apps', label: 'Apps' } as const;
const EVERYBODYS = { href: '/admin/apps', label: 'All apps' } as const;

/** Why it does not work as it stands. */
const standing = ({ app, owner, secrets }: AppDossier): Child => [
  app.disabledAt !== null &&
    callout(
      'warning',
      html`<p>Disabled: it can get no tokens, and those that it has are refused.</p>`,
    ),
  owner !== null &&
    owner.suspendedAt !== null &&
    callout('danger', html`<p>Whoever registered it is suspended, so it is refused.</p>`),
  app.type !== 'public' &&
    secrets.length === 0 &&
    callout('warning', html`<p>It has no client secret, so it cannot prove who it is.</p>`),
];

type Fact = Parameters<typeof facts>[0][number];

function factsOf(
  context: PortalContext,
  visit: SignedInVisit,
  { app, users, owner, accountName, now }: AppDossier,
): readonly Fact[] {
  const isForPeople = app.type !== 'service';
  const all: readonly (Fact | false)[] = [
    isForPeople && ['Connected', sayUsers(users)],
    isForPeople && ['Redirect URIs', uriList(app)],
    ['Scopes', scopesHeld(context, app)],
    ['Access token', sayAccess(context, app.accessSeconds)],
    isForPeople && ['Refresh token', refreshOf(context, app)],
    app.type === 'public' && ['PKCE', pkceOf(app)],
    app.description !== null && ['Description', app.description],
    app.homepageUrl !== null && ['Homepage', webLink(app.homepageUrl)],
    app.privacyUrl !== null && ['Privacy', webLink(app.privacyUrl)],
    !isOwn(app, visit) && owner !== null && ['Registered by', ownerLink(owner)],
    ['Account', accountName ?? html`<span class="text-warning">No longer a member</span>`],
    ['Registered', exactTime(app.createdAt, now)],
  ];
  return all.filter((fact) => fact !== false);
}

const uriList = ({ redirectUris }: App): Html =>
  html`<ul class="plain">${redirectUris.map((uri) => html`<li>${code(uri)}</li>`)}</ul>`;

const webLink = (url: string): Html => html`<a href="${url}" rel="noopener noreferrer">${url}</a>`;

const ownerLink = ({ id, name, email }: { id: string; name: string; email: string }): Html =>
  html`<a href="/admin/people/${id}">${name}</a> <span class="muted">${email}</span>`;

const scopesHeld = ({ tokens: { catalogue } }: PortalContext, app: App): Html =>
  html`<details class="scopes-held">
    <summary>
      ${summariseScopes(app.scopes, catalogue)} ${isOffline(app.scopes) && badge('Persistent', 'accent')}
    </summary>
    <ul class="scope-list">
      ${app.scopes.map(
        (name) =>
          html`<li>
            ${code(name)} <span class="muted">${catalogue.get(name)?.description}</span>
            ${app.type !== 'service' && app.optionalScopes.includes(name) && badge('Optional', 'quiet')}
          </li>`,
      )}
    </ul>
  </details>`;

const refreshOf = (context: PortalContext, app: App): Child =>
  isOffline(app.scopes)
    ? html`${sayRefresh(context, app.refreshSeconds)}${app.isRefreshStrict && ', strict'}`
    : html`<span class="muted">None: it does not ask for persistent access</span>`;

const pkceOf = ({ allowsMissingPkce }: App): Child =>
  allowsMissingPkce ? badge('Not required: legacy client', 'warning') : 'Required';

const secretsSection = (
  context: PortalContext,
  visit: SignedInVisit,
  { app, secrets, now }: AppDossier,
): Html =>
  section(
    {
      title: 'Client secrets',
      lead: 'Several work at the same time: add a new one, roll it out, then revoke the old one.',
      actions: form(
        { action: `/apps/${app.id}/secrets`, csrf: visit.signedIn.csrf },
        hidden('creation_key', newId()),
        button({ label: 'Add a secret', icon: 'plus' }),
      ),
    },
    secrets.length === 0
      ? html`<p class="muted">None.</p>`
      : table({
          caption: 'Client secrets that work, newest first',
          rows: secrets,
          columns: [
            { label: 'Secret', kind: 'primary', cell: (secret) => maskedSecret(context, secret) },
            { label: 'Added', cell: ({ createdAt }) => exactTime(createdAt, now) },
            { label: 'Last used', cell: ({ lastUsedAt }) => relativeTime(lastUsedAt, now) },
            ...endsColumn(secrets, now),
            {
              label: 'Revoke',
              kind: 'actions',
              cell: ({ id }) =>
                form(
                  { action: `/apps/${app.id}/secrets/revoke`, csrf: visit.signedIn.csrf },
                  hidden('secret_id', id),
                  button({ label: 'Revoke…', attributes: { 'aria-label': `Revoke secret ${id}` } }),
                ),
            },
          ],
        }),
  );

/** Only after a transfer: otherwise no secret ends by itself. */
const endsColumn = (
  secrets: AppDossier['secrets'],
  now: number,
): readonly Column<AppDossier['secrets'][number]>[] =>
  secrets.every(({ endsAt }) => endsAt === null)
    ? []
    : [
        {
          label: 'Ends',
          cell: ({ endsAt }) =>
            endsAt === null ? html`<span class="muted">Never</span>` : exactTime(endsAt, now),
        },
      ];

const CHANGE_WORDS = {
  people: {
    enable: 'It works again at once, for everybody who had it connected.',
    disable: 'It is refused everywhere at once, until you enable it again. Nobody is disconnected.',
    remove: 'Everybody is disconnected, and all that it holds ends at once. This cannot be undone.',
  },
  service: {
    enable: 'It works again at once.',
    disable: 'It is refused everywhere at once, until you enable it again.',
    remove: 'Its client secrets and its tokens end at once. This cannot be undone.',
  },
} as const;

function changes(visit: SignedInVisit, { app }: AppDossier): Child {
  const { csrf, user } = visit.signedIn;
  const isDisabled = app.disabledAt !== null;
  const words = CHANGE_WORDS[app.type === 'service' ? 'service' : 'people'];
  const act = isDisabled ? 'enable' : 'disable';
  return [
    section(
      { title: 'Change' },
      change({
        title: isDisabled ? 'Enable' : 'Disable',
        text: isDisabled ? words.enable : words.disable,
        control: form(
          { action: `/apps/${app.id}/${act}`, csrf },
          button({ label: isDisabled ? 'Enable' : 'Disable' }),
        ),
      }),
      user.isOperator && app.type !== 'public' && introspection(csrf, app),
      user.isOperator && transfer(app),
    ),
    dangerZone(
      {
        title: 'Delete this app',
        lead: words.remove,
      },
      linkButton({
        href: `/apps/${app.id}/delete`,
        label: 'Delete…',
        kind: 'danger',
        icon: 'trash',
      }),
    ),
  ];
}

const introspection = (csrf: string, { id, mayIntrospect }: App): Html =>
  change({
    title: 'Resource server',
    text: mayIntrospect
      ? 'It may ask about every token (introspection), whoever it was given to.'
      : 'Let it ask about every token (introspection): for the servers of your API, not for anybody else.',
    control: form(
      { action: `/admin/apps/${id}/introspection`, csrf },
      hidden('introspection', mayIntrospect ? 'no' : 'yes'),
      button({ label: mayIntrospect ? 'Take away' : 'Allow' }),
    ),
  });

const transfer = ({ id }: App): Html =>
  change({
    title: 'Owner',
    text: 'Another owner can take it over, at once: before its owner is suspended or deleted, for example.',
    control: linkButton({ href: `/admin/apps/${id}/transfer`, label: 'Give to another owner…' }),
  });

const change = (given: { title: string; text: string; control: Child }): Html =>
  html`<div class="change">
    <div>
      <h3>${given.title}</h3>
      <p class="hint">${given.text}</p>
    </div>
    ${given.control}
  </div>`;
