/** What happened to a person, in words. */
import { countOf } from '../../kit/plural.ts';
import { isolated } from '../../kit/stranger-text.ts';
import type { Event, EventType } from '../../audit/event.ts';
import type { Child } from '../ui/html.ts';
import { html } from '../ui/html.ts';
import { section, table } from '../ui/parts.ts';
import { relativeTime } from '../ui/time.ts';

type Say = string | ((details: Event['details']) => string);

const WORDS: Readonly<Record<EventType, Say>> = {
  user_created: 'Account created',
  user_updated: 'Profile changed',
  user_login: 'Signed in',
  user_login_attempt: 'Sign-in failed: wrong password',
  new_device_login: 'Signed in from a new browser',
  user_deactivated: 'Suspended',
  user_reactivated: (details) => `Suspension lifted${sayEarlier(details)}`,
  user_exported: 'All data about the person exported',
  user_deletion_requested: 'Deletion of the account asked for',
  user_deletion_cancelled: 'Deletion taken back',
  user_erased: 'Erased',
  email_confirmed: 'E-mail address confirmed',
  email_change_requested: 'Change of e-mail address asked for',
  email_changed: 'E-mail address changed',
  email_change_undone: 'Change of e-mail address undone',
  password_changed: 'Password changed',
  password_reset_requested: 'Link for a new password asked for',
  session_revoked: ({ sessions }) => saySessions(sessions),
  identity_confirmed: ({ by }) =>
    by === 'e-mail' ? 'Identity confirmed by e-mail' : 'Identity confirmed with the password',
  identity_refused: 'Identity not confirmed: wrong password',
  access_ended: ({ account }) =>
    account === undefined
      ? 'All tokens revoked and all apps disconnected'
      : 'All tokens revoked and all apps disconnected in one account',
  role_added: (details) => `Role set to ${String(details['role'])}${sayEarlier(details)}`,
  role_removed: 'Role taken away',
  operator_added: 'Became an operator',
  operator_removed: 'No longer an operator',
  user_token_created: ({ description }) => `Token created: ${String(description)}`,
  user_token_updated: ({ description }) => `Token changed: ${String(description)}`,
  user_token_enabled: ({ description }) => `Token enabled: ${String(description)}`,
  user_token_disabled: ({ description }) => `Token disabled: ${String(description)}`,
  user_token_rotated: ({ description }) => `Token rotated: ${String(description)}`,
  user_token_deleted: ({ description }) => `Token revoked: ${String(description)}`,
  user_token_exposed: ({ description }) => `Token found in public: ${String(description)}`,
  oauth_app_created: ({ name }) => `App registered: ${String(name)}`,
  oauth_app_updated: ({ name }) => `App changed: ${String(name)}`,
  oauth_app_enabled: ({ name }) => `App enabled: ${String(name)}`,
  oauth_app_disabled: ({ name }) => `App disabled: ${String(name)}`,
  oauth_app_deleted: ({ name }) => `App deleted: ${String(name)}`,
  oauth_app_transferred: ({ name }) => `App given to another owner: ${String(name)}`,
  oauth_app_received: ({ name }) => `App received from another owner: ${String(name)}`,
  oauth_app_offered: ({ name }) => `App offered to another owner: ${String(name)}`,
  oauth_app_offer_received: ({ name }) => `Offered an app: ${String(name)}`,
  oauth_app_offer_withdrawn: ({ name }) => `Offer of an app withdrawn: ${String(name)}`,
  oauth_app_offer_declined: ({ name }) => `Offer of an app declined: ${String(name)}`,
  oauth_secret_created: ({ name }) => `Client secret added: ${String(name)}`,
  oauth_secret_revoked: ({ name }) => `Client secret revoked: ${String(name)}`,
  oauth_secret_end_changed: ({ name }) => `End of a client secret changed: ${String(name)}`,
  oauth_grant_created: ({ app }) => `App authorised: ${String(app)}`,
  oauth_grant_updated: ({ app }) => `App allowed more: ${String(app)}`,
  oauth_grant_narrowed: ({ app, scopes }) => `App allowed less: ${String(app)} (${String(scopes)})`,
  oauth_grant_revoked: ({ app }) => `App disconnected: ${String(app)}`,
  oauth_code_replayed: ({ app }) => `Authorization code used twice: ${String(app)}`,
  oauth_refresh_reused: ({ app }) => `Refresh token used twice: ${String(app)}`,
  oauth_refresh_repeated: ({ app, differs }) =>
    `Refresh repeated from ${sayElsewhere(differs)}: ${String(app)}`,
};

function sayEarlier({ earlier }: Event['details']): string {
  if (earlier === undefined) return '';
  return earlier === 'end' ? ', and what they had was ended' : ', and what they had works again';
}

/** Names go when the person is erased. */
const ERASED = { name: '(erased)', app: '(erased)', description: '(erased)' };

const ELSEWHERE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    network: 'another network',
    program: 'another program',
    both: 'another network and program',
  }),
);

export const sayElsewhere = (differs: Event['details'][string] | undefined): string =>
  ELSEWHERE.get(String(differs)) ?? 'elsewhere';

function saySessions(count: unknown): string {
  if (typeof count !== 'number') return 'Signed out of a browser';
  return `Signed out of ${countOf(count, 'other browser')}`;
}

/** They are text of strangers, and stand in a sentence. */
const namesApart = (details: Event['details']): Event['details'] => ({
  ...details,
  name: isolated(String(details['name'])),
  app: isolated(String(details['app'])),
  description: isolated(String(details['description'])),
});

export function sayEvent({ type, details }: Pick<Event, 'type' | 'details'>): string {
  const say = WORDS[type];
  return typeof say === 'string' ? say : say(namesApart({ ...ERASED, ...details }));
}

/** Tokens have pages; nothing else that an event names does. */
const subject = (event: Event, isOwn: boolean): Child =>
  isOwn && event.resourceType === 'user_token' && event.resourceId !== null
    ? html`<a href="/tokens/${event.resourceId}">${sayEvent(event)}</a>`
    : sayEvent(event);

/** Of the two people of an offer, what the other one did. */
const isOfOther = ({ type, details, userId, actorId }: Event): boolean =>
  type === 'oauth_app_offer_received' || (details['by'] === 'offer' && actorId !== userId);

function sayActor(event: Event): string {
  if (event.source === 'cli') return 'The command line';
  if (event.source === 'system') return 'Gatehouse';
  if (event.client.startsWith('oauth_app/')) return 'The app, or whoever has what it has';
  if (isOfOther(event)) return 'Whoever it was offered by or to';
  if (event.actorId === null) return 'Nobody signed in';
  if (event.actorId !== event.userId) return 'An operator';
  return event.client.startsWith('user_token/') ? 'A token of theirs' : 'Themselves';
}

const sayOwnActor = (event: Event): string =>
  ({ 'A token of theirs': 'One of your tokens', Themselves: 'You' })[sayActor(event)] ??
  sayActor(event);

interface Row {
  /** The latest of those that the row stands for. */
  readonly event: Event;
  readonly count: number;
  /** Whether some of them came from another address. */
  readonly isElsewhere: boolean;
}

/** Whoever repeats refreshes again and again must not push everything else off the page. */
function folded(events: readonly Event[]): readonly Row[] {
  const rows: Row[] = [];
  for (const event of events) {
    const last = rows.at(-1);
    if (last === undefined || !isRepeat(last.event, event)) {
      rows.push({ event, count: 1, isElsewhere: false });
      continue;
    }
    const isElsewhere = last.isElsewhere || event.address !== last.event.address;
    const isAlike = last.event.details['differs'] === event.details['differs'];
    const details = { ...last.event.details, ...(!isAlike && { differs: 'several' }) };
    rows[rows.length - 1] = {
      event: { ...last.event, details },
      count: last.count + 1,
      isElsewhere,
    };
  }
  return rows;
}

const isRepeat = (later: Event, event: Event): boolean =>
  event.type === 'oauth_refresh_repeated' &&
  later.type === event.type &&
  later.resourceId === event.resourceId;

export const securityLog = (
  events: readonly Event[],
  {
    now,
    isOwn,
    title = 'Security log',
  }: { readonly now: number; readonly isOwn: boolean; readonly title?: string },
): Child =>
  section(
    { title, lead: 'What happened last, newest first.', id: 'log' },
    table({
      caption: `${title}, newest first`,
      rows: folded(events),
      columns: [
        {
          label: 'What',
          kind: 'primary',
          cell: ({ event, count }) => [
            subject(event, isOwn),
            count > 1 && ` (${countOf(count, 'time')})`,
          ],
        },
        { label: 'When', cell: ({ event }) => relativeTime(event.createdAt, now) },
        { label: 'Who', cell: ({ event }) => (isOwn ? sayOwnActor : sayActor)(event) },
        {
          label: 'From',
          kind: 'long',
          cell: ({ event, isElsewhere }) =>
            isElsewhere
              ? html`${event.address} <small>and others</small>`
              : (event.address ?? html`<span class="muted">–</span>`),
        },
      ],
    }),
  );
