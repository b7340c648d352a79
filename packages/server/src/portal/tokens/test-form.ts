import type { SignedInVisit } from '../visit.ts';
import { tryAnswer, tryAttributes } from '../ui/code.ts';
import { button, form, hidden } from '../ui/form.ts';
import { html, type Html } from '../ui/html.ts';

/**
 * With script the browser calls the API with the token of the field. Without, the answer opens in a new tab, so that the
 * page that shows the token once stays open.
 */
export const testForm = (
  visit: SignedInVisit,
  given: { readonly fieldId: string; readonly value: string },
): Html =>
  form(
    {
      action: '/tokens/try',
      csrf: visit.signedIn.csrf,
      attributes: {
        class: 'try-form',
        target: '_blank',
        rel: 'noopener',
        ...tryAttributes('/v2/me', given.fieldId),
      },
    },
    hidden('token', given.value),
    button({ label: 'Test it now' }),
    html` <span class="hint">Calls <code class="inline">GET /v2/me</code> with this token.</span>`,
    tryAnswer(null),
  );
