/**
 * `prompt=login` and `max_age`: the address that a sign-in leads back to carries a mark that says for which request, user
 * and session the sign-in was made (`oauth/authorize/reauthentication.ts`).
 */
import type { Session } from '../../accounts/types.ts';
import { parseUrlEncoded } from '../../http/url-encoded.ts';
import {
  isReauthentication,
  sealReauthentication,
} from '../../oauth/authorize/reauthentication.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedIn } from '../visit.ts';

export const PATH = '/oauth2/auth';
const MARK = 'signed_in_after';
const MARKED = new RegExp(`(?:^|&)${MARK}=(\\d{1,12}\\.[A-Za-z0-9_-]{43})(?=&|$)`, 'g');

/** The request without our own mark, and the mark. */
export function readMark(search: string): { request: string; mark: string | null } {
  const mark = [...search.matchAll(MARKED)].at(-1)?.[1] ?? null;
  return { request: mark === null ? search : search.replace(MARKED, '').replace(/^&/, ''), mark };
}

type Begun = Pick<Session, 'id' | 'userId' | 'createdAt'>;

const madeFor = (request: string, { id, userId, createdAt }: Begun) => ({
  request,
  userId,
  sessionId: id,
  at: createdAt,
});

const macOf = (mark: string): string => mark.slice(mark.indexOf('.') + 1);

/** Names a mark in the account of what was used up: by what is sealed, since a number can be spelt in several ways. */
export const nameOfMark = (mark: string): string => `reauthentication ${macOf(mark)}`;

/** Whether the session was begun by a sign-in for this request on which nothing was answered yet. */
export async function isReauthenticated(
  { ticketKeys, clock, consent }: PortalContext,
  { session }: SignedIn,
  { request, mark }: { readonly request: string; readonly mark: string | null },
): Promise<boolean> {
  if (mark === null) return false;
  const made = { ...madeFor(request, session), at: Number.parseInt(mark, 10) };
  if (!isReauthentication(ticketKeys, macOf(mark), { made, now: clock() })) return false;
  return (await consent.findClosed(nameOfMark(mark))) === null;
}

/** Where a sign-in leads: with its mark, when that is a request which wants a fresh one. */
export function withMark({ ticketKeys }: PortalContext, path: string, session: Begun): string {
  if (!path.startsWith(`${PATH}?`)) return path;
  const { request } = readMark(path.slice(PATH.length + 1));
  if (!wantsFresh(request)) return `${PATH}?${request}`;
  const mark = sealReauthentication(ticketKeys, madeFor(request, session));
  return `${PATH}?${request}&${MARK}=${session.createdAt}.${mark}`;
}

function wantsFresh(request: string): boolean {
  try {
    const fields = parseUrlEncoded(request);
    return 'prompt' in fields || 'max_age' in fields;
  } catch {
    // What is wrong with the request is told when the browser gets there.
    return false;
  }
}

/** Where to sign in, and to come back from with this request. */
export function signInPath(asked: {
  readonly request: string;
  readonly isAgain: boolean;
  readonly loginHint: string | null;
}): string {
  const { request, isAgain, loginHint } = asked;
  const query = new URLSearchParams({ return_to: `${PATH}?${request}` });
  if (isAgain) query.set('again', '1');
  if (loginHint !== null) query.set('email', loginHint);
  return `/sign-in?${query.toString()}`;
}
