/**
 * `prompt=login` and `max_age`: the address that a sign-in leads back to carries a mark that says for which request, user
 * and session the sign-in was made (`oauth/authorize/reauthentication.ts`).
 */
import { lastProvedAt } from '../../identity/authentication/proved-at.ts';
import type { Session } from '../../identity/types.ts';
import { parseUrlEncoded } from '../../http/url-encoded.ts';
import {
  asksForSignIn,
  isReauthentication,
  markRequest,
  nameOfMark,
  readMark,
} from '../../oauth/authorize/reauthentication.ts';
import type { PortalContext } from '../portal-context.ts';
import type { SignedIn } from '../visit.ts';

export const PATH = '/oauth2/auth';

type Begun = Pick<Session, 'id' | 'userId' | 'amr'>;

/** Whether the session was begun by a sign-in for this request on which nothing was answered yet. */
export async function isReauthenticated(
  { ticketKeys, clock, answers }: PortalContext,
  { session }: SignedIn,
  { request, mark }: { readonly request: string; readonly mark: string | null },
): Promise<boolean> {
  if (mark === null) return false;
  const made = { request, userId: session.userId, sessionId: session.id };
  if (!isReauthentication(ticketKeys, mark, { made, now: clock() })) return false;
  return (await answers.findClosed(nameOfMark(mark))) === null;
}

/** Where a sign-in leads: with its mark, when that is a request which wants a fresh one. */
export function withMark(
  { ticketKeys, clock }: PortalContext,
  path: string,
  session: Begun,
): string {
  if (!path.startsWith(`${PATH}?`)) return path;
  const { request } = readMark(path.slice(PATH.length + 1));
  if (!wantsFresh(request)) return `${PATH}?${request}`;
  const { id: sessionId, userId } = session;
  const at = lastProvedAt(session, clock());
  return `${PATH}?${markRequest(ticketKeys, { request, userId, sessionId, at })}`;
}

function wantsFresh(request: string): boolean {
  try {
    return asksForSignIn(parseUrlEncoded(request));
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
