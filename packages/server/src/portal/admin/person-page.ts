import { countOf } from '../../kit/plural.ts';
import { isolated } from '../../kit/stranger-text.ts';
import { ROLES, type Role, type User } from '../../identity/types.ts';
import type { Event } from '../../audit/event.ts';
import { securityLog } from '../account/event-words.ts';
import { ownedAppsTable, type OwnedApp } from '../apps/owned-apps.ts';
import { deletionOf } from '../deletion/deletion-pages.ts';
import { personalPage } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { actions, button, form, hidden, selectField } from '../ui/form.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { callout, dangerZone, facts, heading, section } from '../ui/parts.ts';
import { relativeTime } from '../ui/time.ts';
import type { SignedInVisit } from '../visit.ts';
import { sayRole, stateOfPerson } from './people-page.ts';

export interface PersonPage {
  readonly user: User;
  readonly role: Role | null;
  readonly liveTokens: number;
  readonly apps: readonly OwnedApp[];
  readonly events: readonly Event[];
  readonly notice: Notice | null;
  readonly now: number;
}

export function personPage(context: PortalContext, visit: SignedInVisit, given: PersonPage): Html {
  const { user, now } = given;
  const isSelf = user.id === visit.signedIn.user.id;
  return personalPage(context, visit, {
    title: user.name,
    current: 'people',
    notice: given.notice,
    body: [
      heading({
        title: user.name,
        lead: user.erasedAt === null ? user.email : ERASED,
        back: { href: '/admin/people', label: 'People' },
      }),
      about(given),
      user.erasedAt !== null ? null : isSelf ? ownNote : roleSection(context, visit, given),
      user.erasedAt === null && appsSection(given),
      user.erasedAt === null && dataSection(visit, given),
      securityLog(given.events, { now, isOwn: false }),
      !isSelf && dangers(visit, given),
    ],
  });
}

const ERASED = 'Their data is erased. What happened stays in the log, without names and addresses.';

const about = ({ user, role, liveTokens, now }: PersonPage): Html =>
  facts([
    ['State', stateOfPerson(user)],
    ['Role', sayRole(role)],
    ['Operator', user.isOperator ? 'Yes' : 'No'],
    ['Live tokens', liveTokens],
    ['Signed up', relativeTime(user.createdAt, now)],
    ['Last seen', relativeTime(user.lastSeenAt, now)],
  ]);

const ownNote = callout(
  'quiet',
  'This is you. Only another operator can change your role or suspend you.',
);

const roleSection = (context: PortalContext, visit: SignedInVisit, given: PersonPage): Html =>
  section(
    {
      title: 'Role',
      lead: 'Bounds what their tokens and services may do. Lowering it narrows them at once; raising it again gives back what it had withheld of their scopes.',
    },
    form(
      {
        action: `/admin/people/${given.user.id}/role`,
        csrf: visit.signedIn.csrf,
        attributes: { class: 'stack' },
      },
      selectField({
        label: 'Role in their own account',
        name: 'role',
        value: given.role ?? '',
        options: ROLES.map((role) => ({
          value: role,
          label: `${role.charAt(0).toUpperCase()}${role.slice(1)}: ${sayScopes(context, role)}`,
        })),
      }),
      actions(button({ label: 'Change role', kind: 'primary' })),
    ),
  );

const sayScopes = (context: PortalContext, role: Role): string =>
  `may hold ${countOf(context.catalogues.current().heldBy(role).size, 'scope')}`;

const appsSection = ({ apps }: PersonPage): Child =>
  apps.length > 0 &&
  section(
    {
      title: 'Apps',
      lead: 'While their owner is suspended, these apps are refused, for everybody who uses them. What should go on must get another owner first.',
    },
    ownedAppsTable({
      caption: 'Apps of this person, newest first',
      apps,
      mayTransfer: true,
      mayOffer: false,
    }),
  );

const dataSection = ({ signedIn }: SignedInVisit, { user }: PersonPage): Html =>
  section(
    {
      title: 'Data',
      lead: 'Everything that is held about this person, as one JSON file without secrets. The log says who downloaded it.',
    },
    form(
      { action: `/admin/people/${user.id}/export`, csrf: signedIn.csrf },
      button({ label: 'Download their data', icon: 'download' }),
    ),
  );

const dangers = (visit: SignedInVisit, { user, now }: PersonPage): Child => [
  user.suspendedAt === null && user.emailVerifiedAt !== null && operatorZone(visit, user),
  user.deletionDueAt === null &&
    (user.suspendedAt === null ? suspendZone(visit, user) : resumeZone(visit, user)),
  deletionOf(visit, user, now),
];

const operatorZone = ({ signedIn }: SignedInVisit, user: User): Html =>
  dangerZone(
    {
      title: user.isOperator ? 'Take operator rights away' : 'Make an operator',
      lead: user.isOperator
        ? 'They keep their account and tokens, and lose these pages.'
        : 'Operators can change, suspend and promote everybody here.',
    },
    form(
      { action: `/admin/people/${user.id}/operator`, csrf: signedIn.csrf },
      hidden('operator', user.isOperator ? 'no' : 'yes'),
      button({
        label: user.isOperator ? 'Take rights away' : 'Make an operator',
        kind: user.isOperator ? 'danger' : 'plain',
      }),
    ),
  );

const suspendZone = ({ signedIn }: SignedInVisit, user: User): Html =>
  dangerZone(
    {
      title: `Suspend ${isolated(user.name)}`,
      lead: 'Signs them out everywhere and refuses every token of theirs at once. You can lift it again.',
    },
    form(
      { action: `/admin/people/${user.id}/suspend`, csrf: signedIn.csrf },
      button({ label: 'Suspend', kind: 'danger', icon: 'ban' }),
    ),
  );

const resumeZone = ({ signedIn }: SignedInVisit, user: User): Html =>
  dangerZone(
    {
      title: 'Lift the suspension',
      lead: html`<bdi>${user.name}</bdi> can sign in again. If they had tokens, services or connected apps,
      you are shown them first, and choose whether they work again.`,
    },
    form(
      { action: `/admin/people/${user.id}/resume`, csrf: signedIn.csrf },
      button({ label: 'Lift suspension' }),
    ),
  );
