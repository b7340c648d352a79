/** Sends the browser on to the client, by redirect or by a form that posts. */
import type { AuthorizationResponse } from '../../oauth/authorize/response.ts';
import type { PortalContext } from '../portal-context.ts';
import { redirect, type Answer } from '../visit.ts';
import { formTarget } from './app-ahead.ts';
import { formPostPage } from './form-post-page.ts';

export function respond(context: PortalContext, response: AuthorizationResponse): Answer {
  if (response.mode === 'query') return redirect(response.location);
  const html = formPostPage(context, response);
  return { kind: 'page', html, formTargets: [formTarget(response.action)] };
}
