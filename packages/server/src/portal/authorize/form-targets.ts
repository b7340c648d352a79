/** Where a form may lead in the end: a sign-in on the way to an app ends at the app. */
import { readAuthorizationRequest } from '../../oauth/authorize/request.ts';
import { parseUrlEncoded } from '../../http/url-encoded.ts';
import type { PortalContext } from '../portal-context.ts';
import { PATH, readMark } from './sign-in-again.ts';

/**
 * A CSP source expression for where a redirect URI leads: its scheme, not its host. Chromium holds every redirect after a
 * form to the list, and a callback may well send its user on to another host of the app, which nobody here can know.
 */
export const formTarget = (redirectUri: string): string =>
  URL.parse(redirectUri)?.protocol ?? "'self'";

export async function formTargetsOf(
  context: PortalContext,
  returnTo: string,
): Promise<readonly string[]> {
  if (!returnTo.startsWith(`${PATH}?`)) return [];
  try {
    const { request } = readMark(returnTo.slice(PATH.length + 1));
    const read = await readAuthorizationRequest(context.authorize, parseUrlEncoded(request));
    if (read.outcome === 'page') return [];
    const { redirectUri } = read.outcome === 'ready' ? read.request : read.target;
    return [formTarget(redirectUri)];
  } catch {
    // Whatever is wrong with the request is told when the browser gets there.
    return [];
  }
}
