import type { AuthorizationResponse } from '../../oauth/authorize/response.ts';
import { placeOf } from '../../oauth/clients/redirect-uri.ts';
import type { PortalContext } from '../portal-context.ts';
import { actions, button, hidden } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';
import { card } from '../ui/layout.ts';

/** OAuth 2.0 Form Post Response Mode. Script sends it at once; without, one click does. */
export const formPostPage = (
  context: PortalContext,
  { action, fields }: Extract<AuthorizationResponse, { mode: 'form_post' }>,
): Html =>
  card({
    title: `Continue to ${placeOf(action)}`,
    brand: context.brand,
    body: html`<form method="post" action="${action}" data-submit-now>
      ${fields.map(([name, value]) => hidden(name, value))}
      ${actions(button({ label: 'Continue', kind: 'primary' }))}
    </form>
    <p data-submitted hidden>
      You have already answered this request. Go back to the app, and start there again if it did
      not go on.
    </p>`,
  });
