/**
 * `prompt=login` and `max_age` want a sign-in that is newer than the wish. The address to return to carries when that
 * was, sealed, so that the wish is heard once and cannot be dated back.
 */
import type { PortalContext } from '../portal-context.ts';
import { isTicket, writeTicket } from './ticket.ts';

export const PATH = '/oauth2/auth';
const MARK = 'signed_in_after';
const MARKED = new RegExp(`(^|&)${MARK}=(\\d{1,12})\\.([A-Za-z0-9_-]{43})(?=&|$)`);

/** The request without our own mark, and when a sign-in was asked for. */
export function readMark(
  { ticketKey }: PortalContext,
  search: string,
): { request: string; signInAskedAt: number | null } {
  const match = MARKED.exec(search);
  if (match === null) return { request: search, signInAskedAt: null };
  const [whole, , at = '', ticket = ''] = match;
  const request = search.replace(whole, '').replace(/^&/, '');
  const isOurs = isTicket(ticketKey, [MARK, at, request], ticket);
  return { request, signInAskedAt: isOurs ? Number(at) : null };
}

/** Where to sign in, and to come back from with this request. */
export function signInPath(
  { ticketKey, clock }: PortalContext,
  asked: { request: string; isAgain: boolean; needsFresh: boolean; loginHint: string | null },
): string {
  const { request, isAgain, needsFresh, loginHint } = asked;
  const at = String(clock());
  const mark = `${MARK}=${at}.${writeTicket(ticketKey, [MARK, at, request])}`;
  const back = `${PATH}?${request}${needsFresh ? `&${mark}` : ''}`;
  const query = new URLSearchParams({ return_to: back });
  if (isAgain) query.set('again', '1');
  if (loginHint !== null) query.set('email', loginHint);
  return `/sign-in?${query.toString()}`;
}
