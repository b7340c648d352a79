/** What happened to an app, in sentences. */
import type { Event, EventType } from '../../audit/event.ts';
import { splitScopes } from '../../catalogue/catalogue.ts';
import { sayElsewhere } from '../account/event-words.ts';
import { code } from '../ui/code.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { section, table } from '../ui/parts.ts';
import { exactTime } from '../ui/time.ts';
import type { AppDossier } from './dossier.ts';

export const historySection = ({ events, app, now }: AppDossier, viewerId: string): Html =>
  section(
    { title: 'History' },
    table({
      caption: 'What happened to this app, latest first',
      rows: events,
      columns: [
        { label: 'What', kind: 'primary', cell: sayEvent },
        { label: 'When', cell: ({ createdAt }) => exactTime(createdAt, now) },
        { label: 'Who', cell: (event) => sayActor(event, { ownerId: app.ownerId, viewerId }) },
        {
          label: 'From',
          kind: 'long',
          // Where a former owner was is not the new owner's to know.
          cell: ({ address, userId }) =>
            (userId !== null && userId === app.ownerId ? address : null) ??
            html`<span class="muted">–</span>`,
        },
      ],
    }),
  );

const WORDS: Partial<Record<EventType, string>> = {
  oauth_app_created: 'Registered',
  oauth_app_enabled: 'Enabled',
  oauth_app_disabled: 'Disabled',
  oauth_app_deleted: 'Deleted',
  oauth_code_replayed: 'An authorization code was used twice; what came of it ended',
  oauth_refresh_reused: 'A refresh token was used again; what came of it ended',
  oauth_app_transferred: 'Given to another owner',
  oauth_app_received: 'Received by its owner',
  oauth_app_offered: 'Offered to another owner',
  oauth_app_offer_withdrawn: 'Offer to another owner withdrawn',
  oauth_app_offer_declined: 'Offer to another owner declined',
};

function sayEvent(event: Event): Child {
  const { type, details } = event;
  if (type === 'oauth_app_updated') return updated(details);
  if (type === 'oauth_secret_created') return ['Client secret added: ', secretOf(details)];
  if (type === 'oauth_secret_end_changed')
    return ['End of a client secret changed: ', secretOf(details)];
  if (type === 'oauth_secret_revoked') return ['Client secret revoked: ', secretOf(details)];
  if (type === 'oauth_refresh_repeated')
    return `A refresh was repeated from ${sayElsewhere(details['differs'])}`;
  return WORDS[type] ?? type;
}

const secretOf = ({ secret }: Event['details']): Html => code(String(secret));

function updated(details: Event['details']): Child {
  const { name_before: name, may_introspect: mayIntrospect } = details;
  const parts: readonly Child[] = [
    typeof mayIntrospect === 'boolean' &&
      (mayIntrospect ? 'Made a resource server ' : 'No resource server any more '),
    typeof name === 'string' && html`Renamed from “${name}” `,
    difference(details, 'scopes', 'Scopes'),
    difference(details, 'optionalScopes', 'Optional scopes'),
    difference(details, 'redirectUris', 'Redirect URIs'),
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'Changed' : parts;
}

/** What came and what went of a list; `false` when neither. */
function difference(details: Event['details'], field: string, words: string): Child {
  const [before, after] = [details[`${field}_before`], details[field]];
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  const [old, fresh] = [splitScopes(before), splitScopes(after)];
  const added = fresh.filter((item) => !old.includes(item));
  const removed = old.filter((item) => !fresh.includes(item));
  return html`${words}:
  ${added.length > 0 && html`added ${added.map((item) => html`${code(item)} `)}`}
  ${removed.length > 0 && html`taken away ${removed.map((item) => html`${code(item)} `)}`}`;
}

function sayActor(
  event: Event,
  { ownerId, viewerId }: { ownerId: string | null; viewerId: string },
): Child {
  if (event.source === 'cli') return 'The command line';
  if (event.source === 'system') return 'Gatehouse';
  const [kind, id] = event.client.split('/');
  const tokenId = kind === 'user_token' ? id : undefined;
  if (kind === 'oauth_app') return 'A client of the app';
  if (event.actorId === viewerId)
    return tokenId === undefined
      ? 'You'
      : html`<a href="/tokens/${encodeURIComponent(tokenId)}">Your token</a>`;
  if (event.details['by'] === 'offer' && event.actorId === null) return 'Whoever it was offered to';
  if (event.details['by'] === 'offer' && event.actorId !== ownerId) return 'A former owner';
  if (event.actorId !== ownerId)
    return event.actorId === event.userId ? 'Its former owner' : 'An operator';
  return tokenId === undefined ? 'Its owner' : 'A token of its owner';
}
