/** Times as people say them, with the exact one on hover and for machines. Epoch seconds in. */
import type { MadeEnough } from '../../limits/day-limit.ts';
import { countOf, nounFor } from '../../kit/plural.ts';
import { html, type Html } from './html.ts';

/** No weeks, and months only from the third: people set and judge the lives of credentials in days. */
const STEPS = [
  { unit: 'year', seconds: 31_557_600, from: 31_557_600 },
  { unit: 'month', seconds: 2_629_800, from: 3 * 2_629_800 },
  { unit: 'day', seconds: 86_400, from: 86_400 },
  { unit: 'hour', seconds: 3600, from: 3600 },
  { unit: 'minute', seconds: 60, from: 60 },
] as const;

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const EXACT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
});
const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });

/** "3 hours ago", "in 90 days", "just now". */
export function sayRelative(at: number, now: number): string {
  const distance = at - now;
  const step = STEPS.find(({ from }) => Math.abs(distance) >= from);
  if (step === undefined) return distance > 0 ? 'in less than a minute' : 'just now';
  const count = distance / step.seconds;
  return RELATIVE.format(count < 0 ? Math.ceil(count) : roundAhead(count, step.unit), step.unit);
}

/** So little of a unit may be missing: what was made to last 90 days still does a minute later. */
const SLACK = 1 / 24;

/** Down, so that nothing is said to last longer than it does; from a week on half a day makes no difference. */
const roundAhead = (count: number, unit: (typeof STEPS)[number]['unit']): number =>
  unit === 'day' && count >= 7 ? Math.round(count) : Math.floor(count + SLACK);

/** "in 4 hours". Rounds up, so that whoever comes back then has waited long enough. */
export function sayWait(seconds: number): string {
  const [length, unit] = seconds > 3600 ? ([3600, 'hour'] as const) : ([60, 'minute'] as const);
  return RELATIVE.format(Math.ceil(seconds / length), unit);
}

export const sayEnough = (what: string, { most, retryAfterSeconds }: MadeEnough): string =>
  `${countOf(most, what)} ${nounFor(most, 'was', 'were')} made within 24 hours, the most that one person can make here. The next can be made ${sayWait(retryAfterSeconds)}.`;

/** "24 Nov 2026, 02:39 UTC". */
export const sayExact = (at: number): string => `${EXACT.format(at * 1000)} UTC`;
/** "24 Nov 2026", in UTC. */
export const sayDay = (at: number): string => DAY.format(at * 1000);

const element = (at: number, title: string, text: string): Html =>
  html`<time datetime="${new Date(at * 1000).toISOString()}" title="${title}">${text}</time>`;

/** `<time>`: relative in the text, exact on hover. `absent` stands in for no time at all. */
export const relativeTime = (at: number | null, now: number, absent = 'Never'): Html =>
  at === null
    ? html`<span class="muted">${absent}</span>`
    : element(at, sayExact(at), sayRelative(at, now));

/** `<time>`: exact in the text, relative on hover. */
export const exactTime = (at: number, now: number): Html =>
  element(at, sayRelative(at, now), sayExact(at));
