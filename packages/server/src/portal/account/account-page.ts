import { MIN_PASSWORD_LENGTH } from '../../identity/authentication/password-policy.ts';
import type { Session, User } from '../../identity/types.ts';
import type { Event } from '../../audit/event.ts';
import { deletionZone } from '../deletion/deletion-pages.ts';
import { personalPage } from '../frame.ts';
import type { PortalContext } from '../portal-context.ts';
import { actions, button, errorOf, errorSummary, field, form, textArea } from '../ui/form.ts';
import type { FieldError } from '../ui/form.ts';
import { hidden, hiddenUsername } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import type { Notice } from '../ui/layout.ts';
import { heading, section, table } from '../ui/parts.ts';
import { badge } from '../ui/state.ts';
import { relativeTime } from '../ui/time.ts';
import type { SignedIn, SignedInVisit } from '../visit.ts';
import { accessZone } from './access-pages.ts';
import { dataSection } from './data.ts';
import { nameBrowser } from './browser-name.ts';
import { emailSection } from './email-pages.ts';
import { securityLog } from './event-words.ts';

/** What was typed and refused; absent forms show what is stored. */
export interface AccountForms {
  readonly profile?: {
    readonly name: string;
    readonly bio: string;
    readonly location: string;
    readonly errors: readonly FieldError[];
  };
  readonly password?: { readonly errors: readonly FieldError[] };
}

export interface AccountPage {
  readonly forms: AccountForms;
  readonly sessions: readonly Session[];
  readonly events: readonly Event[];
  readonly notice: Notice | null;
  readonly now: number;
}

export const accountPage = (
  context: PortalContext,
  visit: SignedInVisit,
  given: AccountPage,
): Html =>
  personalPage(context, visit, {
    title: 'Account',
    current: 'account',
    notice: given.notice,
    body: [
      heading({ title: 'Account', lead: visit.signedIn.user.email }),
      errorSummary([
        ...(given.forms.profile?.errors ?? []),
        ...(given.forms.password?.errors ?? []),
      ]),
      profileSection(visit.signedIn, given.forms.profile),
      emailSection(visit.signedIn.user),
      context.accounts.factorsOf(visit.signedIn.user).includes('password')
        ? passwordSection(visit.signedIn, given.forms.password?.errors ?? [])
        : noPasswordSection(visit.signedIn),
      sessionsSection(visit.signedIn, given),
      dataSection(visit.signedIn),
      accessZone,
      deletionZone,
      securityLog(given.events, { now: given.now, isOwn: true }),
    ],
  });

const storedProfile = ({ name, bio, location }: User): NonNullable<AccountForms['profile']> => ({
  name,
  bio: bio ?? '',
  location: location ?? '',
  errors: [],
});

function profileSection({ user, csrf }: SignedIn, refused: AccountForms['profile']): Html {
  const { name, bio, location, errors } = refused ?? storedProfile(user);
  return section(
    { title: 'Profile', lead: 'Part of your user record, which your tokens can read.' },
    form(
      { action: '/account/profile', csrf, attributes: { class: 'stack' } },
      field({
        label: 'Name',
        name: 'name',
        value: name,
        error: errorOf(errors, 'name'),
        autocomplete: 'name',
        required: true,
      }),
      field({
        label: 'Location',
        name: 'location',
        value: location,
        error: errorOf(errors, 'location'),
      }),
      textArea({ label: 'Bio', name: 'bio', value: bio, error: errorOf(errors, 'bio') }),
      actions(button({ label: 'Save profile', kind: 'primary' })),
    ),
  );
}

const noPasswordSection = ({ csrf }: SignedIn): Html =>
  section(
    {
      title: 'Password',
      id: 'password',
      lead: 'You have none. You can choose one, to sign in with your e-mail address and the password.',
    },
    form({ action: '/account/password', csrf }, actions(button({ label: 'Choose a password' }))),
  );

const passwordSection = ({ user, csrf }: SignedIn, errors: readonly FieldError[]): Html =>
  section(
    {
      title: 'Password',
      id: 'password',
      lead: 'Changing it signs out every other browser. Your tokens stay.',
    },
    form(
      { action: '/account/password', csrf, attributes: { class: 'stack' } },
      hiddenUsername(user.email),
      field({
        label: 'Current password',
        name: 'current_password',
        type: 'password',
        error: errorOf(errors, 'current_password'),
        autocomplete: 'current-password',
        required: true,
      }),
      field({
        label: 'New password',
        name: 'password',
        type: 'password',
        error: errorOf(errors, 'password'),
        hint: `At least ${MIN_PASSWORD_LENGTH} characters. A few unrelated words are best.`,
        autocomplete: 'new-password',
        required: true,
      }),
      actions(button({ label: 'Change password' })),
    ),
  );

const sessionsSection = (signedIn: SignedIn, { sessions, now }: AccountPage): Html =>
  section(
    {
      title: 'Sessions',
      lead: 'The browsers in which you are signed in.',
      actions: sessions.length > 1 && endOthers(signedIn),
    },
    table({
      caption: 'Your sessions, most recently used first',
      rows: sessions,
      columns: [
        {
          label: 'Browser',
          kind: 'primary',
          cell: ({ id, agent }) =>
            html`<span title="${agent}">${nameBrowser(agent)}</span>
              ${id === signedIn.session.id && badge('This one', 'good')}`,
        },
        { label: 'Address', kind: 'long', cell: ({ address }) => address },
        { label: 'Signed in', cell: ({ createdAt }) => relativeTime(createdAt, now) },
        { label: 'Last used', cell: ({ lastSeenAt }) => relativeTime(lastSeenAt, now) },
        { label: 'Sign out', kind: 'actions', cell: (session) => endOne(signedIn, session) },
      ],
    }),
  );

const endOthers = ({ csrf }: SignedIn): Html =>
  form(
    { action: '/account/sessions/end-others', csrf },
    button({ label: 'Sign out everywhere else', icon: 'log-out' }),
  );

const endOne = ({ csrf, session: current }: SignedIn, { id, agent }: Session): Html | null =>
  id === current.id
    ? null
    : form(
        { action: '/account/sessions/end', csrf },
        hidden('session_id', id),
        button({
          label: 'Sign out',
          kind: 'link',
          attributes: { 'aria-label': `Sign out ${nameBrowser(agent)}` },
        }),
      );
