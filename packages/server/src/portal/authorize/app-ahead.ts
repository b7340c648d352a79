/** The app that somebody is on the way to while they sign in or up: named on those pages, and allowed as an end of their forms. */
import { parseUrlEncoded } from '../../http/url-encoded.ts';
import { readMark } from '../../oauth/authorize/reauthentication.ts';
import { readAuthorizationRequest } from '../../oauth/authorize/request.ts';
import { placeOf } from '../../oauth/clients/redirect-uri.ts';
import type { PortalContext } from '../portal-context.ts';
import { html, type Html } from '../ui/html.ts';
import { PATH } from './sign-in-again.ts';

export interface AppAhead {
  readonly name: string;
  readonly redirectUri: string;
}

/** `null` when `returnTo` leads to no app, or to one that may not be told anything. */
export async function appAhead(context: PortalContext, returnTo: string): Promise<AppAhead | null> {
  if (!returnTo.startsWith(`${PATH}?`)) return null;
  try {
    const { request } = readMark(returnTo.slice(PATH.length + 1));
    const read = await readAuthorizationRequest(context.authorize, parseUrlEncoded(request));
    if (read.outcome === 'page') return null;
    if (read.outcome === 'refuse')
      return { name: read.client.name, redirectUri: read.target.redirectUri };
    return { name: read.request.client.name, redirectUri: read.request.redirectUri };
  } catch {
    // Whatever is wrong with the request is told when the browser gets there.
    return null;
  }
}

/** The name is the word of whoever registered the app; where it leads is not. */
export const sayAppAhead = (app: AppAhead | null): Html | null =>
  app === null
    ? null
    : html`<p class="muted">
        To go on to <strong>${app.name}</strong> (${placeOf(app.redirectUri)}).
      </p>`;

/**
 * A CSP source expression for where a redirect URI leads: its scheme, not its host. Chromium holds every redirect after a
 * form to the list, and a callback may well send its user on to another host of the app, which nobody here can know.
 */
export const formTarget = (redirectUri: string): string =>
  URL.parse(redirectUri)?.protocol ?? "'self'";

/** Where a form may lead in the end: a sign-in on the way to an app ends at the app. */
export const formTargetsOf = (app: AppAhead | null): readonly string[] =>
  app === null ? [] : [formTarget(app.redirectUri)];
