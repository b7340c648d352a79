import { secretsOfBefore } from '../../apps/secret-ends.ts';
import type { App } from '../../apps/types.ts';
import { newId } from '../../kit/ids.ts';
import type { PortalContext } from '../portal-context.ts';
import { codeField } from '../ui/code.ts';
import { actions, button, form, hidden, linkButton } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { callout, dangerZone, facts, heading, section, table, type Column } from '../ui/parts.ts';
import { accountNamed } from '../ui/account-name.ts';
import { badge } from '../ui/state.ts';
import { exactTime, relativeTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';
import type { AppDossier } from './dossier.ts';
import { factsOfApp, type Fact } from './facts.ts';
import { appFrame, change, maskedSecret, sayUsers, stateBadgeOf, TYPE_WORDS } from './frame.ts';
import { historySection } from './history.ts';
import { offerOf } from './offer-page.ts';
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

function factsOf(
  context: PortalContext,
  visit: SignedInVisit,
  { app, users, owner, accountName, heldByOwner, now }: AppDossier,
): readonly Fact[] {
  const isForPeople = app.type !== 'service';
  const all: readonly (Fact | false)[] = [
    isForPeople && ['Connected', sayUsers(users)],
    ...factsOfApp(context, app, { heldByOwner }),
    !isOwn(app, visit) && ['Registered by', owner === null ? NOBODY : ownerLink(owner)],
    owner !== null && [
      'Account',
      accountName !== null
        ? accountNamed(accountName)
        : html`<span class="text-warning">No longer a member</span>`,
    ],
    ['Registered', exactTime(app.createdAt, now)],
  ];
  return all.filter((fact) => fact !== false);
}

const NOBODY = html`<span class="muted">Nobody owns it: operators manage it</span>`;

const ownerLink = ({ id, name, email }: { id: string; name: string; email: string }): Html =>
  html`<a href="/admin/people/${id}">${name}</a> <span class="muted">${email}</span>`;

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
    secretsOfBefore(secrets).length > 0 &&
      actions(
        linkButton({ href: `/apps/${app.id}/secrets/end`, label: 'Change when old secrets end…' }),
      ),
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

function changes(visit: SignedInVisit, dossier: AppDossier): Child {
  const { app } = dossier;
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
      offerOf(visit, dossier),
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
    title: 'Owner, at once',
    text: 'As an operator: before its owner is suspended or deleted, for example. Nobody is asked.',
    control: linkButton({ href: `/admin/apps/${id}/transfer`, label: 'Give to another owner…' }),
  });
