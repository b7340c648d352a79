/** What happened to a token, in sentences. */
import type { Event } from '../../audit/event.ts';
import { splitScopes } from '../../catalogue/catalogue.ts';
import { code } from '../ui/code.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { section, table } from '../ui/parts.ts';
import { exactTime } from '../ui/time.ts';
import type { TokenDossier } from './dossier.ts';

export const historySection = ({ events, now }: TokenDossier, userId: string): Html =>
  section(
    { title: 'History' },
    table({
      caption: 'What happened to this token, latest first',
      rows: events,
      columns: [
        { label: 'What', kind: 'primary', cell: sayEvent },
        { label: 'When', cell: ({ createdAt }) => exactTime(createdAt, now) },
        { label: 'Who', cell: (event) => sayActor(event, userId) },
        {
          label: 'From',
          kind: 'long',
          cell: ({ address }) => address ?? html`<span class="muted">–</span>`,
        },
      ],
    }),
  );

const WORDS: Partial<Record<Event['type'], string>> = {
  user_token_created: 'Created',
  user_token_enabled: 'Enabled',
  user_token_disabled: 'Disabled',
  user_token_exposed: 'Found in public',
};

function sayEvent(event: Event): Child {
  if (event.type === 'user_token_rotated') return rotated(event);
  if (event.type === 'user_token_updated') return updated(event);
  if (event.type === 'user_token_deleted') return revoked(event);
  return WORDS[event.type] ?? event.type;
}

function rotated({ details }: Event): Child {
  const { successor } = details;
  if (typeof successor !== 'string') return 'Rotated';
  return html`Rotated into <a href="/tokens/${encodeURIComponent(successor)}">its successor</a>`;
}

function revoked({ details }: Event): Child {
  const { revoked_with: maker } = details;
  if (typeof maker !== 'string') return 'Revoked';
  return html`Revoked with <a href="/tokens/${encodeURIComponent(maker)}">the token that made it</a>`;
}

function updated({ details }: Event): Child {
  if (details['longest_life_days'] !== undefined) return 'End brought forward by the longest life';
  const before = details['description_before'];
  const lost = lostScopes(details);
  return [
    typeof before === 'string' && html`Renamed from “${before}” `,
    lost.length > 0 && html`Narrowed by ${lost.map((scope) => html`${code(scope)} `)}`,
    typeof before !== 'string' && lost.length === 0 && 'Changed',
  ];
}

function lostScopes(details: Event['details']): readonly string[] {
  const { scopes_before: before, scopes: after } = details;
  if (typeof before !== 'string' || typeof after !== 'string') return [];
  const kept = new Set(splitScopes(after));
  return splitScopes(before).filter((scope) => !kept.has(scope));
}

function sayActor(event: Event, userId: string): Child {
  if (event.source === 'cli') return 'The command line';
  if (event.source === 'system') return 'Gatehouse';
  if (event.actorId !== userId) return 'An operator';
  const [kind, id] = event.client.split('/');
  if (kind !== 'user_token' || id === undefined) return 'You';
  return id === event.resourceId
    ? 'This token'
    : html`<a href="/tokens/${encodeURIComponent(id)}">Your token</a>`;
}
