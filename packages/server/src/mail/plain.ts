/** Makes text that people typed fit for a line of a message. */

import { isolated, shownText } from '../kit/stranger-text.ts';

/** Control characters, line and paragraph separators, and the marks that turn the reading direction around. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e]+/gu;

/** One line without invisible characters, cut at `longest` code points. */
export function oneLine(text: string, longest = 300): string {
  const line = shownText(text.toWellFormed().replace(UNSEEN, ' ')).replace(/\s+/gu, ' ').trim();
  const points = Array.from(line);
  return points.length <= longest ? line : `${points.slice(0, longest - 1).join('')}…`;
}

/** What somebody typed, marked as such: quoted, bounded and kept apart from the words around it (UAX #9). */
export const quoted = (typed: string, longest: number): string =>
  `\u201c${isolated(oneLine(typed, longest))}\u201d`;

/** Mail programs turn these into links by themselves. */
const LINK_LIKE = /[/\\:@]|\.[\p{L}\p{N}]{2,}/u;

/**
 * Anybody can sign up with somebody else's address, so a name may be an advertisement for a third person:
 * names that look like a link are left out.
 */
export function greetingFor(name: string | null): string {
  const shown = oneLine(name ?? '', 60);
  return shown === '' || LINK_LIKE.test(shown) ? 'Hello,' : `Hello ${isolated(shown)},`;
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** `24 November 2026, 03:07 UTC` from epoch seconds. */
export function utc(at: number): string {
  const date = new Date(at * 1000);
  return `${DATE.format(date)}, ${date.toISOString().slice(11, 16)} UTC`;
}
