/** How a token was used: calls by day, refusals and their reasons, and from where. */
import type { TokenAddress, TokenUse } from '../../developer-tokens/types.ts';
import { dayOf } from '../../developer-tokens/usage.ts';
import { countOf } from '../../kit/plural.ts';
import { html, type Child, type Html } from '../ui/html.ts';
import { barChart, section, table } from '../ui/parts.ts';
import { badge } from '../ui/state.ts';
import { relativeTime, sayDay } from '../ui/time.ts';
import { CHART_DAYS, type TokenDossier } from './dossier.ts';

const SECONDS_PER_DAY = 86_400;

interface Day {
  readonly day: number;
  readonly good: number;
  readonly bad: number;
}

export function daysOf(uses: readonly TokenUse[], today: number): readonly Day[] {
  return Array.from({ length: CHART_DAYS }, (_, index) => {
    const day = today - CHART_DAYS + 1 + index;
    const ofDay = uses.filter((use) => use.day === day);
    const good = sum(ofDay.filter((use) => use.outcome === 'allowed'));
    return { day, good, bad: sum(ofDay) - good };
  });
}

const sum = (uses: readonly TokenUse[]): number =>
  uses.reduce((total, use) => total + use.count, 0);
const calls = (count: number): string => countOf(count, 'call');
const labelOf = ({ day }: Day): string => sayDay(day * SECONDS_PER_DAY);

/** Use is written once a minute: whoever looks right after a call must not think that it did not arrive. */
const DELAY = 'Up to a minute behind.';

export function useSection({ uses, now }: TokenDossier): Html {
  const days = daysOf(uses, dayOf(now));
  const good = days.reduce((total, day) => total + day.good, 0);
  const bad = days.reduce((total, day) => total + day.bad, 0);
  const summary = `${calls(good + bad)} in ${CHART_DAYS} days, ${bad} refused`;
  const bars = days.map((day) => ({ label: labelOf(day), good: day.good, bad: day.bad }));
  const heading = { title: `Use over ${CHART_DAYS} days`, lead: DELAY };
  if (good + bad === 0) return section(heading, html`<p class="muted">No calls.</p>`);
  return section(
    heading,
    barChart(bars, summary),
    dayTable(days.filter((day) => day.good + day.bad > 0)),
    bad > 0 && refusals(uses),
  );
}

const dayTable = (days: readonly Day[]): Html =>
  html`<details>
    <summary>The same as a table</summary>
    ${table({
      caption: 'Calls by day (UTC)',
      rows: days.toReversed(),
      columns: [
        { label: 'Day', kind: 'primary', cell: labelOf },
        { label: 'Allowed', kind: 'number', cell: (day) => day.good },
        { label: 'Refused', kind: 'number', cell: (day) => day.bad },
      ],
    })}
  </details>`;

/** The reasons of the checker and the API, as their holder is told them. */
const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    wrong_audience: 'The token is for another API',
    token_expired: 'The token had expired',
    token_disabled: 'The token was disabled',
    token_revoked: 'The token was revoked',
    token_exposed: 'The token was found in public',
    user_suspended: 'You were suspended',
    membership_removed: 'You were not a member of its account',
    scope_missing: 'The call needed scopes that the token does not have',
    role_insufficient: 'The call needed scopes that your role does not allow',
    rate_limited: 'Too many calls in a short time',
  }),
);

function refusals(uses: readonly TokenUse[]): Html {
  const refused = uses.filter((use) => use.outcome !== 'allowed');
  const byReason = [...Map.groupBy(refused, (use) => use.outcome)];
  const rows = byReason
    .map(([reason, all]) => ({
      reason,
      count: sum(all),
      lastDay: Math.max(...all.map((use) => use.day)),
    }))
    .sort((left, right) => right.count - left.count);
  return html`<h3>Refused calls</h3>
    ${table({
      caption: 'Refused calls by reason',
      rows,
      columns: [
        { label: 'Why', kind: 'primary', cell: ({ reason }) => REASONS.get(reason) ?? reason },
        { label: 'Calls', kind: 'number', cell: ({ count }) => count },
        { label: 'Last on', cell: ({ lastDay }) => sayDay(lastDay * SECONDS_PER_DAY) },
      ],
    })}`;
}

export function placesSection({ addresses, successor, token, now }: TokenDossier): Html {
  const rotatedAt = successor?.createdAt ?? null;
  return section(
    { title: 'Where it is used from', lead: DELAY },
    addresses.length === 0
      ? html`<p class="muted">
          ${token.lastUsedAt === null ? 'Nobody has used it yet.' : 'Nothing recent.'}
        </p>`
      : table({
          caption: 'Addresses and programs that used the token, latest first',
          rows: addresses,
          columns: [
            { label: 'Address', kind: 'primary', cell: ({ address }) => address },
            {
              label: 'Program',
              kind: 'long',
              cell: ({ agent }) => agent || html`<span class="muted">–</span>`,
            },
            { label: 'Last used', cell: (place) => lastUse(place, { rotatedAt, now }) },
            { label: 'Calls', kind: 'number', cell: ({ uses }) => uses },
          ],
        }),
  );
}

/** After a rotation: who has not moved to the successor. */
const lastUse = (
  { lastUsedAt }: TokenAddress,
  { rotatedAt, now }: { rotatedAt: number | null; now: number },
): Child => [
  relativeTime(lastUsedAt, now),
  rotatedAt !== null && lastUsedAt > rotatedAt && html` ${badge('Since the rotation', 'warning')}`,
];
